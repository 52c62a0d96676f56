using System.Diagnostics.CodeAnalysis;

namespace PolicyMTA.Delivery.Client;

/// <summary>Idle connections, kept for the next message to the same server. Bounded; the oldest go first. Thread-safe.</summary>
internal sealed class ConnectionPool : IAsyncDisposable
{
    private const int MostIdle = 200;
    private const int MostIdlePerServer = 50;
    private static readonly TimeSpan SweepEvery = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<ConnectionKey, Stack<Idle>> _idle = [];
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _sweeper;
    private int _count;
    private bool _isClosed;

    public ConnectionPool(TimeProvider time)
    {
        _time = time;
        _sweeper = SweepAsync();
    }

    public int Count
    {
        get { lock (_lock) return _count; }
    }

    /// <summary>Takes the connection used last, which is the likeliest to live.</summary>
    public bool TryTake(ConnectionKey key, [NotNullWhen(true)] out ClientConnection? connection)
    {
        lock (_lock)
        {
            connection = null;
            if (!_idle.TryGetValue(key, out var stack)) return false;
            connection = stack.Pop().Connection;
            _count--;
            if (stack.Count == 0) _idle.Remove(key);
            return true;
        }
    }

    /// <summary>False when there is no room: then the caller ends the connection.</summary>
    public bool TryKeep(ConnectionKey key, ClientConnection connection, ClientSettings settings)
    {
        if (settings.ConnectionCacheTime <= TimeSpan.Zero || _time.GetElapsedTime(connection.Opened) >= settings.ConnectionReuseTime) return false;
        if (settings.ConnectionReuseCount > 0 && connection.Uses >= settings.ConnectionReuseCount) return false;
        lock (_lock)
        {
            if (_isClosed || _count >= MostIdle) return false;
            if (!_idle.TryGetValue(key, out var stack)) _idle[key] = stack = new Stack<Idle>();
            if (stack.Count >= MostIdlePerServer) return false;
            stack.Push(new Idle(connection, settings.ConnectionCacheTime));
            _count++;
            return true;
        }
    }

    public async ValueTask DisposeAsync()
    {
        lock (_lock) _isClosed = true;
        await _stop.CancelAsync();
        await _sweeper;
        await EndAsync(Remove(static _ => true));
        _stop.Dispose();
    }

    private async Task SweepAsync()
    {
        using var timer = new PeriodicTimer(SweepEvery, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
            {
                await EndAsync(Remove(idle => _time.GetElapsedTime(idle.Connection.IdleSince) >= idle.KeepFor));
            }
        }
        catch (OperationCanceledException)
        {
            // Disposed.
        }
    }

    private List<ClientConnection> Remove(Func<Idle, bool> isOver)
    {
        var removed = new List<ClientConnection>();
        lock (_lock)
        {
            foreach (var (key, stack) in _idle)
            {
                if (!stack.Any(isOver)) continue;
                var (over, kept) = (stack.Where(isOver).ToArray(), stack.Where(i => !isOver(i)).Reverse().ToArray());
                removed.AddRange(over.Select(i => i.Connection));
                stack.Clear();
                foreach (var idle in kept) stack.Push(idle);
                if (kept.Length == 0) _idle.Remove(key);
            }
            _count -= removed.Count;
        }
        return removed;
    }

    private static Task EndAsync(List<ClientConnection> connections) => Task.WhenAll(connections.Select(Goodbye.SayAsync));

    private sealed record Idle(ClientConnection Connection, TimeSpan KeepFor);
}
