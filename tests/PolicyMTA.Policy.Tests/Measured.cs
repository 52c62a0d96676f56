namespace PolicyMTA.Policy.Tests;

/// <summary>Tests that measure the process they run in: they run alone, after all others.</summary>
[CollectionDefinition(nameof(Measured), DisableParallelization = true)]
public sealed class Measured;
