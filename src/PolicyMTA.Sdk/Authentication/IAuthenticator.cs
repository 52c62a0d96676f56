namespace PolicyMTA.Sdk;

/// <summary>Checks logins: a SASL server (RFC 4422), not a user and a password, so that any mechanism fits.</summary>
/// <remarks>Called by many sessions at once. Secrets must never reach a log, an exception text or a metric.</remarks>
public interface IAuthenticator : IAsyncDisposable
{
    /// <summary>The mechanisms it can do now, in the order to announce.</summary>
    IReadOnlyList<SaslMechanism> Mechanisms { get; }

    /// <summary>
    /// Starts a conversation; the mechanism is one of <see cref="Mechanisms"/>. The session disposes it. Whether the client may try at all, how often and how fast,
    /// is the session's business.
    /// </summary>
    ISaslConversation Start(string mechanism, ClientContext context);
}

/// <summary>A mechanism and what it is worth. An immutable value.</summary>
/// <param name="Name">Upper case.</param>
/// <param name="IsPlaintext">True when the secret crosses the wire (<c>noplaintext</c>).</param>
/// <param name="IsAnonymous">True for ANONYMOUS (<c>noanonymous</c>).</param>
public sealed record SaslMechanism(string Name, bool IsPlaintext, bool IsAnonymous = false)
{
    /// <summary>True when someone in between can take over the dialogue (<c>noactive</c>).</summary>
    public bool IsOpenToActiveAttack { get; init; }
    /// <summary>True when a listener can try passwords against what he heard (<c>nodictionary</c>).</summary>
    public bool IsOpenToDictionaryAttack { get; init; }
    /// <summary>True when a secret that is lost later opens no session of before (<c>forward_secrecy</c> asks for it).</summary>
    public bool HasForwardSecrecy { get; init; }
    /// <summary>True when the server proves itself too (<c>mutual_auth</c> asks for it).</summary>
    public bool IsMutual { get; init; }
}

/// <summary>One login attempt. Used by one session, one step at a time.</summary>
public interface ISaslConversation : IAsyncDisposable
{
    /// <summary>
    /// Takes the client's next response, base64 already decoded; null for "no initial response". The buffer is cleared by the caller after the
    /// call: copy what must last. Await, never block; heavy hashing belongs on the thread pool.
    /// </summary>
    ValueTask<SaslStep> AdvanceAsync(ReadOnlyMemory<byte>? response, CancellationToken cancellationToken);
}

/// <summary>What a conversation says after a response. A closed set of immutable values.</summary>
public abstract record SaslStep
{
    private SaslStep() { }

    /// <summary>The server's next challenge, not yet base64.</summary>
    public sealed record Challenge(ReadOnlyMemory<byte> Text) : SaslStep;

    /// <summary>Logged in, as this account.</summary>
    public sealed record Success(string User) : SaslStep;

    /// <summary>Refused; the reason goes to the log and never to the client. <paramref name="User"/> is the name that was tried, null when unknown.</summary>
    public sealed record Failure(string Reason, string? User = null) : SaslStep;

    /// <summary>The backend could not say; answered 454 4.7.0.</summary>
    public sealed record TemporaryFailure(string Reason) : SaslStep;
}
