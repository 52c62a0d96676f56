using System.Net;
using System.Net.Sockets;
using PolicyMTA.Sdk;

namespace PolicyMTA.Lookups.Wire;

/// <summary>
/// Asks one server over a few connections that are kept and made anew when they break. Thread-safe. A call never takes longer than
/// <see cref="TimeLimit"/>, the wait for a connection included.
/// </summary>
internal sealed class WireClient : IDisposable
{
    /// <summary>Postfix's time limit for these tables.</summary>
    internal static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(100);
    /// <summary>Postfix closes a connection that was not used so long.</summary>
    internal static readonly TimeSpan IdleLimit = TimeSpan.FromSeconds(10);
    /// <summary>Connections open at once; further questions wait.</summary>
    internal const int ConnectionLimit = 16;

    private readonly EndPoint _server;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _turns = new(ConnectionLimit);
    private readonly Lock _gate = new();
    private readonly List<WireConnection> _idle = [];
    private readonly ITimer _sweep;
    private bool _isDisposed;

    internal WireClient(EndPoint server, TimeProvider time)
    {
        (_server, _time) = (server, time);
        _sweep = time.CreateTimer(static state => ((WireClient)state!).CloseIdle(), this, IdleLimit, IdleLimit);
    }

    /// <summary>The reply's meaning; whatever goes wrong is a failure. A connection that broke while it was idle does not count: the question is asked again on a new one.</summary>
    internal async ValueTask<LookupResult> AskAsync(byte[] question, IWireExchange exchange, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(TimeLimit, _time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await _turns.WaitAsync(both.Token);
            try
            {
                while (TakeIdle() is { } kept)
                {
                    try
                    {
                        return await AskAsync(kept, question, exchange, both.Token);
                    }
                    catch (Exception error) when (error is IOException or SocketException)
                    {
                        // The server went away or closed it meanwhile.
                    }
                }
                return await AskAsync(await WireConnection.OpenAsync(_server, both.Token), question, exchange, both.Token);
            }
            finally
            {
                _turns.Release();
            }
        }
        catch (Exception error) when (error is IOException or SocketException or InvalidDataException)
        {
            return LookupResult.Failed(error.Message);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return LookupResult.Failed($"no answer within {TimeLimit.TotalSeconds} s");
        }
    }

    public void Dispose()
    {
        lock (_gate) _isDisposed = true;
        _sweep.Dispose();
        while (TakeIdle() is { } connection) connection.Dispose();
    }

    private async ValueTask<LookupResult> AskAsync(WireConnection connection, byte[] question, IWireExchange exchange, CancellationToken cancellationToken)
    {
        try
        {
            var result = exchange.Parse(await connection.AskAsync(question, exchange, cancellationToken));
            Keep(connection);
            return result;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private WireConnection? TakeIdle()
    {
        lock (_gate)
        {
            if (_idle.Count == 0) return null;
            var last = _idle[^1];
            _idle.RemoveAt(_idle.Count - 1);
            return last;
        }
    }

    private void Keep(WireConnection connection)
    {
        lock (_gate)
        {
            connection.LastUse = _time.GetTimestamp();
            if (!_isDisposed)
            {
                _idle.Add(connection);
                return;
            }
        }
        connection.Dispose();
    }

    private void CloseIdle()
    {
        lock (_gate)
        {
            foreach (var connection in _idle.Where(c => _time.GetElapsedTime(c.LastUse) >= IdleLimit).ToList())
            {
                _idle.Remove(connection);
                connection.Dispose();
            }
        }
    }
}
