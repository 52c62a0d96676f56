using PolicyMTA.Sdk;

namespace PolicyMTA.Lookups.Ldap;

/// <summary>One server, the connections to it that are kept, and how it did. Thread-safe.</summary>
internal sealed class LdapServer(LdapAddress address, LdapLogin login, TimeProvider time) : IDisposable
{
    /// <summary>Connections open at once; further searches wait.</summary>
    internal const int ConnectionLimit = 16;

    private static readonly TimeSpan IdleLimit = TimeSpan.FromSeconds(60);

    private readonly SemaphoreSlim _turns = new(ConnectionLimit);
    private readonly Lock _gate = new();
    private readonly Stack<LdapConnection> _idle = [];
    private long _failedAt;
    private bool _isDisposed;

    internal string Name => address.Name;

    /// <summary>When it failed last; null since it answered.</summary>
    internal long? FailedAt => Interlocked.Read(ref _failedAt) is not 0 and var failed ? failed : null;

    internal void Answered() => Interlocked.Exchange(ref _failedAt, 0);

    /// <summary>True when it had answered before: worth a line in the log.</summary>
    internal bool Failed() => Interlocked.Exchange(ref _failedAt, Math.Max(1, time.GetTimestamp())) == 0;

    /// <summary>Searches. A connection that died while it was kept does not count: a new one tells.</summary>
    internal async ValueTask<List<LdapEntry>> SearchAsync(LdapSearch search, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(search.Timeout, time);
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
                        return await SearchAsync(kept, search, both.Token);
                    }
                    catch (IOException)
                    {
                        // The server went away or closed it meanwhile.
                    }
                }
                return await SearchAsync(await LdapConnection.OpenAsync(address, login, both.Token), search, both.Token);
            }
            finally
            {
                _turns.Release();
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"no answer within {search.Timeout.TotalSeconds:0} s");
        }
    }

    public void Dispose()
    {
        lock (_gate) _isDisposed = true;
        while (TakeIdle() is { } connection) connection.Dispose(isPolite: true);
    }

    private async ValueTask<List<LdapEntry>> SearchAsync(LdapConnection connection, LdapSearch search, CancellationToken cancellationToken)
    {
        try
        {
            var entries = await connection.SearchAsync(search, cancellationToken);
            Keep(connection);
            return entries;
        }
        catch (Exception error) when (error is LdapResultException { IsOfServer: false } or ConfigurationException)
        {
            Keep(connection);
            throw;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private LdapConnection? TakeIdle()
    {
        while (true)
        {
            LdapConnection? connection;
            lock (_gate) _idle.TryPop(out connection);
            if (connection is null || time.GetElapsedTime(connection.LastUse) < IdleLimit || _isDisposed) return connection;
            connection.Dispose(isPolite: true);
        }
    }

    private void Keep(LdapConnection connection)
    {
        connection.LastUse = time.GetTimestamp();
        lock (_gate)
        {
            if (!_isDisposed)
            {
                _idle.Push(connection);
                return;
            }
        }
        connection.Dispose(isPolite: true);
    }
}
