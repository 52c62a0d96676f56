namespace PolicyMTA.Policy.Recording;

/// <summary>Remembers whose word a decision is: the last rule that had anything to say. Passes on what it hears.</summary>
internal sealed class DeciderTrace(IDecisionTrace? next) : IDecisionTrace
{
    private DecisionStep _decider;

    /// <summary>The rule and where it stands; null when none had anything to say.</summary>
    public string? Place => _decider.Rule is not { } rule ? null : _decider.File.Length > 0 ? $"{rule} {_decider.File}:{_decider.Line}" : rule;

    /// <inheritdoc/>
    public void Record(DecisionStep step)
    {
        if (step.Verdict != "dunno") _decider = step;
        next?.Record(step);
    }
}
