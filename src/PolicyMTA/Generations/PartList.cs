using PolicyMTA.Leases;

namespace PolicyMTA.Generations;

/// <summary>The parts of one generation, in the order they were made; let go in the opposite order. Not thread-safe while it grows.</summary>
internal sealed class PartList : IAsyncDisposable
{
    private readonly List<GenerationPart> _parts = [];

    /// <summary>The parts.</summary>
    public IReadOnlyList<GenerationPart> Parts => _parts;

    /// <summary>Finds a part made of the same; null when there is none.</summary>
    public GenerationPart<T>? Find<T>(string kind, string name, string hash) where T : class =>
        _parts.OfType<GenerationPart<T>>().FirstOrDefault(p => p.Kind == kind && p.Name == name && p.Hash == hash);

    /// <summary>Finds the part of that name, whatever it was made of; null when there is none.</summary>
    public GenerationPart<T>? Find<T>(string kind, string name) where T : class =>
        _parts.OfType<GenerationPart<T>>().FirstOrDefault(p => p.Kind == kind && p.Name == name);

    /// <summary>Adds a share of a part of an earlier generation.</summary>
    public GenerationPart<T> Keep<T>(GenerationPart<T> earlier) where T : class => Add(earlier.Share());

    /// <summary>Adds a new part.</summary>
    public GenerationPart<T> Add<T>(string kind, string name, string hash, T value, Func<T, ValueTask> dispose) where T : class =>
        Add(new GenerationPart<T>(kind, name, hash, Part.Lease(value, dispose)));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        for (var i = _parts.Count - 1; i >= 0; i--) await _parts[i].DisposeAsync();
        _parts.Clear();
    }

    private GenerationPart<T> Add<T>(GenerationPart<T> part) where T : class
    {
        _parts.Add(part);
        return part;
    }
}
