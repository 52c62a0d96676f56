using PolicyMTA.Leases;

namespace PolicyMTA.Generations;

/// <summary>Where generations come in force.</summary>
internal interface IGenerationTarget
{
    /// <summary>Does what may fail, so that nothing else can: binds the generation's listeners, beside those that stay.</summary>
    /// <exception cref="Sdk.ConfigurationException">It failed; what was bound before is as it was.</exception>
    ValueTask PrepareAsync(Lease<Generation> generation, CancellationToken cancellationToken);

    /// <summary>Undoes <see cref="PrepareAsync"/>: the generation does not come in force after all.</summary>
    ValueTask AbandonAsync();

    /// <summary>Puts a generation in force, then its listeners. The lease is the target's; it shares it with each user and gives it back when the next generation comes.</summary>
    ValueTask ReplaceAsync(Lease<Generation> generation);

    /// <summary>Sessions move to the generation in force as soon as they can.</summary>
    void MoveSessions();
}
