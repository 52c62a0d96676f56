namespace PolicyMTA.Import.Reading;

/// <summary>A line that Postfix would refuse or pass over, and why.</summary>
internal sealed record ReadingProblem(Place Place, string Text);
