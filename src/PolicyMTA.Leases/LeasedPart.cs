namespace PolicyMTA.Leases;

/// <summary>Counts the leases of a value and disposes it with the last one.</summary>
internal sealed class LeasedPart<T> where T : class
{
    private readonly Func<T, ValueTask> _dispose;
    private T? _value;
    private int _leases = 1;

    internal LeasedPart(T value, Func<T, ValueTask> dispose) => (_value, _dispose) = (value, dispose);

    internal T Value => _value!;

    /// <summary>When it ceased to be the value in force, in <see cref="TimeProvider"/> ticks; null while it is.</summary>
    internal long? ReplacedAt { get; set; }

    internal int Count => Volatile.Read(ref _leases);

    /// <summary>A further lease, or null when the last one is gone: a dead part never comes back to life.</summary>
    internal Lease<T>? TryLease()
    {
        var count = Volatile.Read(ref _leases);
        while (count > 0)
        {
            var seen = Interlocked.CompareExchange(ref _leases, count + 1, count);
            if (seen == count) return new Lease<T>(this);
            count = seen;
        }
        return null;
    }

    internal async ValueTask ReleaseAsync()
    {
        if (Interlocked.Decrement(ref _leases) != 0) return;
        var value = _value!;
        _value = null; // the part may outlive its value in somebody's field; the value's assembly must not
        await _dispose(value);
    }
}
