namespace PolicyMTA.Policy;

/// <summary>How often the shadow set decided as the set in force did since the server started. Thread-safe.</summary>
public sealed class ShadowCounts
{
    private long _same;
    private long _different;
    private long _unanswered;

    /// <summary>The same decisions.</summary>
    public long Same => Interlocked.Read(ref _same);

    /// <summary>Different ones.</summary>
    public long Different => Interlocked.Read(ref _different);

    /// <summary>It took too long, or failed: the rest of the session went on without it.</summary>
    public long Unanswered => Interlocked.Read(ref _unanswered);

    internal void Count(bool isSame) => Interlocked.Increment(ref isSame ? ref _same : ref _different);

    internal void CountUnanswered() => Interlocked.Increment(ref _unanswered);
}
