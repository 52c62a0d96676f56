namespace PolicyMTA.Restrictions.PolicyService;

/// <summary>The connections to one service: some are kept for the next question. Thread-safe.</summary>
internal sealed class ServicePool : IDisposable
{
    /// <summary>Connections open at once, which is also how many processes a spawned service may have; Postfix's default_process_limit. Further questions wait.</summary>
    internal const int ConnectionLimit = 100;

    private readonly ServiceOptions _options;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _turns = new(ConnectionLimit);
    private readonly Lock _gate = new();
    private readonly List<ServiceConnection> _idle = [];
    private readonly ITimer _sweep;
    private bool _isDisposed;

    internal ServicePool(ServiceOptions options, TimeProvider time)
    {
        (_options, _time) = (options, time);
        _sweep = time.CreateTimer(static state => ((ServicePool)state!).CloseOld(), this, options.MaxIdle, options.MaxIdle);
    }

    /// <summary>The service's action, over a kept connection that is still good or over a new one.</summary>
    /// <exception cref="IOException">The service closed the connection.</exception>
    /// <exception cref="System.Net.Sockets.SocketException">Nobody answers.</exception>
    /// <exception cref="InvalidDataException">It talks nonsense.</exception>
    internal async ValueTask<string> AskAsync(ReadOnlyMemory<byte> question, CancellationToken cancellationToken)
    {
        await _turns.WaitAsync(cancellationToken);
        try
        {
            return await AskAsync(TakeIdle() ?? await ServiceConnection.OpenAsync(_options.Place, _time, cancellationToken), question, cancellationToken);
        }
        finally
        {
            _turns.Release();
        }
    }

    public void Dispose()
    {
        lock (_gate) _isDisposed = true;
        _sweep.Dispose();
        while (TakeIdle() is { } connection) connection.Dispose();
    }

    private async ValueTask<string> AskAsync(ServiceConnection connection, ReadOnlyMemory<byte> question, CancellationToken cancellationToken)
    {
        try
        {
            var action = await connection.AskAsync(question, cancellationToken);
            Keep(connection);
            return action;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private ServiceConnection? TakeIdle()
    {
        lock (_gate)
        {
            while (_idle.Count > 0)
            {
                var last = _idle[^1];
                _idle.RemoveAt(_idle.Count - 1);
                if (_isDisposed || !(IsOld(last) || last.IsStale)) return last;
                last.Dispose();
            }
            return null;
        }
    }

    private void Keep(ServiceConnection connection)
    {
        connection.LastUse = _time.GetTimestamp();
        lock (_gate)
        {
            if (!_isDisposed && !IsOld(connection) && (_options.RequestLimit == 0 || connection.Requests < _options.RequestLimit))
            {
                _idle.Add(connection);
                return;
            }
        }
        connection.Dispose();
    }

    private bool IsOld(ServiceConnection connection) => _time.GetElapsedTime(connection.LastUse) >= _options.MaxIdle || _time.GetElapsedTime(connection.OpenedAt) >= _options.MaxTtl;

    private void CloseOld()
    {
        lock (_gate)
        {
            foreach (var connection in _idle.Where(IsOld).ToList())
            {
                _idle.Remove(connection);
                connection.Dispose();
            }
        }
    }
}
