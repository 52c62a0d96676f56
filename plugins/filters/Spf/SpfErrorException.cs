namespace PolicyMTA.Filters.Spf;

/// <summary>Ends a check from within, however deep the records are nested.</summary>
internal sealed class SpfErrorException(SpfOutcome outcome) : Exception(outcome.Problem)
{
    internal SpfOutcome Outcome { get; } = outcome;
}
