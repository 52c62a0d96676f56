using PolicyMTA.Sdk;

namespace PolicyMTA.Authentication.Passwords;

/// <summary>PLAIN and LOGIN, for whoever needs the password itself to check it.</summary>
/// <param name="checkFor">Who checks the passwords of a session.</param>
/// <param name="owned">What ends with the authenticator.</param>
internal sealed class PlaintextAuthenticator(Func<ClientContext, IPasswordCheck> checkFor, IAsyncDisposable? owned = null) : IAuthenticator
{
    /// <inheritdoc/>
    public IReadOnlyList<SaslMechanism> Mechanisms { get; } =
    [
        new("PLAIN", IsPlaintext: true) { IsOpenToActiveAttack = true, IsOpenToDictionaryAttack = true },
        new("LOGIN", IsPlaintext: true) { IsOpenToActiveAttack = true, IsOpenToDictionaryAttack = true },
    ];

    /// <inheritdoc/>
    public ISaslConversation Start(string mechanism, ClientContext context) =>
        mechanism == "PLAIN" ? new PlainConversation(checkFor(context)) : new LoginConversation(checkFor(context));

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => owned?.DisposeAsync() ?? ValueTask.CompletedTask;
}
