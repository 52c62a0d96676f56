using PolicyMTA.Sdk;

namespace PolicyMTA.Authentication.Dovecot;

/// <summary>Passes logins through to Dovecot, with whatever mechanisms it has.</summary>
internal sealed class DovecotAuthenticator(DovecotClient client, string service) : IAuthenticator
{
    /// <inheritdoc/>
    public IReadOnlyList<SaslMechanism> Mechanisms => client.Mechanisms;

    /// <inheritdoc/>
    public ISaslConversation Start(string mechanism, ClientContext context) => new DovecotConversation(client, mechanism, AuthRequest.Facts(service, context.Session));

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => client.DisposeAsync();
}
