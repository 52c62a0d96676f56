namespace PolicyMTA.Leases;

/// <summary>The value in force. Readers lease it, one writer replaces it; what was replaced lives until its last lease ends.</summary>
public sealed class Current<T> : IAsyncDisposable where T : class
{
    private readonly TimeProvider _time;
    private LeasedPart<T> _part;

    /// <summary>Starts with a value; <paramref name="dispose"/> lets a value go.</summary>
    public Current(T value, Func<T, ValueTask> dispose, TimeProvider? time = null) => (_part, _time) = (new LeasedPart<T>(value, dispose), time ?? TimeProvider.System);

    /// <summary>Leases the value in force.</summary>
    /// <exception cref="ObjectDisposedException">There is none any more.</exception>
    public Lease<T> Lease()
    {
        while (true)
        {
            var part = Volatile.Read(ref _part);
            if (part.TryLease() is { } lease) return lease;
            // Replaced between the read and the lease: the new one is there already, unless all is over.
            ObjectDisposedException.ThrowIf(ReferenceEquals(part, Volatile.Read(ref _part)), this);
        }
    }

    /// <summary>True when the lease holds the value in force.</summary>
    public bool IsCurrent(T value) => ReferenceEquals(Volatile.Read(ref _part).Value, value);

    /// <summary>Puts another value in force and lets go of the old one.</summary>
    public ValueTask ReplaceAsync(T value, Func<T, ValueTask> dispose)
    {
        var old = Interlocked.Exchange(ref _part, new LeasedPart<T>(value, dispose));
        old.ReplacedAt = _time.GetTimestamp();
        return old.ReleaseAsync();
    }

    /// <summary>Lets go of the last value.</summary>
    public ValueTask DisposeAsync() => Volatile.Read(ref _part).ReleaseAsync();
}
