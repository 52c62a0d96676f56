namespace PolicyMTA.Filters.Spf;

/// <summary>A result and where it came from. An immutable value.</summary>
/// <param name="Result">The result.</param>
/// <param name="Explanation">The domain's own words for a fail; null when it has none.</param>
/// <param name="Problem">What is wrong with the records, or with DNS; null unless the result is an error.</param>
internal sealed record SpfOutcome(SpfResult Result, string? Explanation = null, string? Problem = null)
{
    /// <summary>The mechanism that matched, as written; null when none did.</summary>
    public string? Mechanism { get; init; }

    internal static SpfOutcome Permanent(string problem) => new(SpfResult.PermError, Problem: problem);

    internal static SpfOutcome Temporary(string problem) => new(SpfResult.TempError, Problem: problem);
}
