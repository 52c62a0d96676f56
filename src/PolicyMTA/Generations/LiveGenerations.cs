using System.Collections.Concurrent;
using PolicyMTA.Leases;

namespace PolicyMTA.Generations;

/// <summary>The generations that somebody still holds. Thread-safe.</summary>
internal sealed class LiveGenerations
{
    private readonly ConcurrentDictionary<Generation, bool> _live = new();

    /// <summary>How many there are.</summary>
    public int Count => _live.Count;

    /// <summary>What they are made of.</summary>
    public IReadOnlyCollection<GenerationManifest> Manifests => [.. _live.Keys.Select(g => g.Manifest)];

    /// <summary>The first lease of a generation; with the last one it is let go.</summary>
    public Lease<Generation> Lease(Generation generation)
    {
        _live[generation] = true;
        return Part.Lease(generation, LetGoAsync);
    }

    private async ValueTask LetGoAsync(Generation generation)
    {
        try
        {
            await generation.DisposeAsync();
        }
        finally
        {
            _live.TryRemove(generation, out _);
        }
    }
}
