namespace PolicyMTA.Policy;

/// <summary>Keeps the steps of one question, as far as they are few. Used by one flow.</summary>
public sealed class CollectedSteps : IDecisionTrace
{
    private const int Most = 500;

    private readonly List<DecisionStep> _steps = [];

    /// <summary>What was recorded, in order.</summary>
    public IReadOnlyList<DecisionStep> Steps => _steps;

    /// <inheritdoc/>
    public void Record(DecisionStep step)
    {
        if (_steps.Count < Most) _steps.Add(step);
    }
}
