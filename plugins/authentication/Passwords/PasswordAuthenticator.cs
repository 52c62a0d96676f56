using System.Security.Cryptography;
using PolicyMTA.Sdk;

namespace PolicyMTA.Authentication.Passwords;

/// <summary>Checks passwords that clients send, and proofs of those that they keep to themselves, against what a table has stored.</summary>
internal sealed class PasswordAuthenticator(PasswordChecker checker, Accounts accounts, ScramAccounts sha1, ScramAccounts sha256, HashingGate hashing) : IAuthenticator
{
    private const int NonceSize = 18;

    /// <inheritdoc/>
    public IReadOnlyList<SaslMechanism> Mechanisms { get; } =
    [
        new("PLAIN", IsPlaintext: true) { IsOpenToActiveAttack = true, IsOpenToDictionaryAttack = true },
        new("LOGIN", IsPlaintext: true) { IsOpenToActiveAttack = true, IsOpenToDictionaryAttack = true },
        // RFC 5802 §9: whoever hears a proof can try passwords against it.
        new("SCRAM-SHA-256", IsPlaintext: false) { IsOpenToDictionaryAttack = true, IsMutual = true },
        new("SCRAM-SHA-1", IsPlaintext: false) { IsOpenToDictionaryAttack = true, IsMutual = true },
        // RFC 2195 §5: and whoever is in between may go on as the client.
        new("CRAM-MD5", IsPlaintext: false) { IsOpenToActiveAttack = true, IsOpenToDictionaryAttack = true },
    ];

    /// <inheritdoc/>
    public ISaslConversation Start(string mechanism, ClientContext context) => mechanism switch
    {
        "PLAIN" => new PlainConversation(checker),
        "LOGIN" => new LoginConversation(checker),
        "SCRAM-SHA-256" => new ScramConversation(sha256, NewNonce),
        "SCRAM-SHA-1" => new ScramConversation(sha1, NewNonce),
        "CRAM-MD5" => new CramMd5Conversation(accounts, $"<{NewNonce()}@{context.Server.Name}>"),
        _ => throw new ArgumentException($"'{mechanism}' is not among the mechanisms offered", nameof(mechanism)),
    };

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        hashing.Dispose();
        return ValueTask.CompletedTask;
    }

    private static string NewNonce() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(NonceSize));
}
