using PolicyMTA.Policy.Recording;

namespace PolicyMTA.Policy;

/// <summary><c>session.vars</c>: what policies keep for the length of a session, as JSON text, so that it survives engines and generations.</summary>
public sealed class SessionVars
{
    /// <summary>Null while nothing was kept.</summary>
    internal string? Json { get; set; }

    /// <summary>The recording of the session; null for none.</summary>
    internal RecordingTape? Tape { get; set; }

    /// <summary>Those of the shadow set; null without one.</summary>
    internal SessionVars? Shadow { get; set; }
}
