using PolicyMTA.Sdk;

namespace PolicyMTA.Authentication.Passwords;

/// <summary>Offers the mechanisms that send a password, which is checked against its stored hash.</summary>
internal sealed class PasswordAuthenticator(PasswordChecker checker) : IAuthenticator
{
    /// <inheritdoc/>
    public IReadOnlyList<SaslMechanism> Mechanisms { get; } = [new("PLAIN", IsPlaintext: true), new("LOGIN", IsPlaintext: true)];

    /// <inheritdoc/>
    public ISaslConversation Start(string mechanism, ClientContext context) => mechanism switch
    {
        "PLAIN" => new PlainConversation(checker),
        "LOGIN" => new LoginConversation(checker),
        _ => throw new ArgumentException($"'{mechanism}' is not among the mechanisms offered", nameof(mechanism)),
    };

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        checker.Dispose();
        return ValueTask.CompletedTask;
    }
}
