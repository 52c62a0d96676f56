using Microsoft.Extensions.Logging;
using PolicyMTA.Leases;

namespace PolicyMTA.Generations;

/// <summary>The parts of one generation, in the order they were made; let go in the opposite order. Thread-safe.</summary>
internal sealed class PartList(ILogger log) : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly List<IAsyncDisposable> _held = [];
    private bool _isClosed;

    /// <summary>The parts.</summary>
    public IReadOnlyList<GenerationPart> Parts
    {
        get
        {
            lock (_gate) return [.. _held.OfType<GenerationPart>()];
        }
    }

    /// <summary>Finds the part of that name; null when there is none.</summary>
    public GenerationPart<T>? Find<T>(string kind, string name) where T : class => Parts.OfType<GenerationPart<T>>().FirstOrDefault(p => p.Kind == kind && p.Name == name);

    /// <summary>Adds a share of a part of an earlier generation.</summary>
    public GenerationPart<T> Keep<T>(GenerationPart<T> earlier) where T : class => Hold((GenerationPart<T>)earlier.Share());

    /// <summary>Adds a new part.</summary>
    public GenerationPart<T> Add<T>(string kind, string name, string hash, T value, Func<T, ValueTask> dispose) where T : class =>
        Hold(new GenerationPart<T>(kind, name, hash, Part.Lease(value, dispose)));

    /// <summary>Lets go of something together with the parts.</summary>
    /// <exception cref="ObjectDisposedException">They were let go already.</exception>
    public T Hold<T>(T held) where T : IAsyncDisposable
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            _held.Add(held);
        }
        return held;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        IAsyncDisposable[] held;
        lock (_gate)
        {
            _isClosed = true;
            held = [.. _held];
            _held.Clear();
        }
        await Release.AllAsync(held.Reverse(), log);
    }
}
