namespace PolicyMTA.Queue;

/// <summary>How far a query of the queue may go. An immutable value.</summary>
/// <param name="Time">How long it may run.</param>
/// <param name="Rows">How many rows it may give.</param>
public sealed record QueryLimits(TimeSpan Time, long Rows)
{
    /// <summary>What a person needs.</summary>
    public static QueryLimits Default { get; } = new(TimeSpan.FromSeconds(10), 1_000_000);
}
