namespace PolicyMTA.Leases;

/// <summary>A share in a part of a generation. While one lease is held the part is alive; disposing the last one disposes the part.</summary>
public sealed class Lease<T> : IAsyncDisposable where T : class
{
    private readonly LeasedPart<T> _part;
    private int _released;

    internal Lease(LeasedPart<T> part) => _part = part;

    /// <summary>The part.</summary>
    /// <exception cref="ObjectDisposedException">The lease was given back.</exception>
    public T Value => Volatile.Read(ref _released) == 0 ? _part.Value : throw new ObjectDisposedException(nameof(Lease<T>));

    /// <summary>When the value ceased to be in force, as a timestamp of the <see cref="Current{T}"/>'s clock; null while it is, or when it never was.</summary>
    public long? ReplacedAt => _part.ReplacedAt;

    /// <summary>One more share, of whoever asked for it.</summary>
    public Lease<T> Share()
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _released) != 0, this);
        return _part.TryLease() ?? throw new ObjectDisposedException(nameof(Lease<T>));
    }

    /// <summary>Gives the share back; more than once does nothing.</summary>
    public ValueTask DisposeAsync() => Interlocked.Exchange(ref _released, 1) == 0 ? _part.ReleaseAsync() : ValueTask.CompletedTask;
}
