using PolicyMTA.Sdk;

namespace PolicyMTA.Policy;

/// <summary>The prepared policies of a generation: immutable, shared by all sessions that lease it.</summary>
public sealed class StagePolicies : IAsyncDisposable
{
    /// <summary>Follows one session with the rules that its listener's set (<c>policies/NAME/</c> over <c>policies/</c>) has for each stage.</summary>
    /// <param name="set">The name of the listener's set.</param>
    /// <param name="vars">What an earlier generation's session left in <c>session.vars</c>; null at the start.</param>
    public SessionPolicy Start(string set, SessionVars? vars = null) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => throw new NotImplementedException();
}

/// <summary><c>session.vars</c>: what policies keep for the length of a session, as JSON text, so that it survives engines and generations.</summary>
public sealed class SessionVars
{
}
