namespace PolicyMTA.Policy.Recording;

/// <summary>Takes recordings of sessions. Thread-safe; never blocks and never throws: what it has no room for is lost and counted.</summary>
public interface ISessionRecorder
{
    /// <summary>True while somebody wants sessions recorded that begin now.</summary>
    bool IsWanted { get; }

    /// <summary>Bytes of a message's body; a longer one is left out.</summary>
    long LongestBody { get; }

    /// <summary>About how many bytes of a session; the rest of a longer one is left out.</summary>
    long LongestSession { get; }

    /// <summary>Takes one that is over.</summary>
    void Take(RecordedSession session);
}
