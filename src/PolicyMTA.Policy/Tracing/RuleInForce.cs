namespace PolicyMTA.Policy;

/// <summary>A rule of a list in force.</summary>
/// <param name="File">Where it is written; empty for what is built in.</param>
/// <param name="Line">From 1; 0 for what is built in.</param>
/// <param name="Counts">What it was asked and said.</param>
public sealed record RuleInForce(string File, int Line, RuleCounts Counts);
