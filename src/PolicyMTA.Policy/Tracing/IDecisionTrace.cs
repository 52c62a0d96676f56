namespace PolicyMTA.Policy;

/// <summary>Is told each rule that a session evaluates. Called on the session's flow; must not block.</summary>
public interface IDecisionTrace
{
    /// <summary>One rule was evaluated.</summary>
    void Record(DecisionStep step);
}

/// <summary>One evaluated rule. An immutable value.</summary>
/// <param name="Stage">The stage's name: client, helo, …</param>
/// <param name="Rule">The rule's name.</param>
/// <param name="File">Where it stands; empty for a built-in one.</param>
/// <param name="Line">From 1; 0 for a built-in one.</param>
/// <param name="Verdict">What it said, short: <c>dunno</c>, <c>permit</c>, <c>reject 554 5.7.1</c> …</param>
/// <param name="Duration">How long it took.</param>
public readonly record struct DecisionStep(string Stage, string Rule, string File, int Line, string Verdict, TimeSpan Duration)
{
    /// <summary>A verdict in the words of traces.</summary>
    public static string Describe(Sdk.Verdict verdict) => Lists.VerdictText.Of(verdict);
}
