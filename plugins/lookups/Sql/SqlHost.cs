using System.Data.Common;

namespace PolicyMTA.Lookups.Sql;

/// <summary>One server, its connections, and how it did. Thread-safe.</summary>
internal sealed class SqlHost(string name, Func<DbDataSource> connect) : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private DbDataSource? _source = connect();
    private long _failedAt;

    /// <summary>Its name, for the log.</summary>
    internal string Name { get; } = name;

    /// <summary>When it failed last, as a timestamp; null since it answered.</summary>
    internal long? FailedAt => Interlocked.Read(ref _failedAt) is not 0 and var failed ? failed : null;

    /// <summary>Its connections.</summary>
    /// <exception cref="ObjectDisposedException">The table is gone.</exception>
    internal DbDataSource Source => Volatile.Read(ref _source) ?? throw new ObjectDisposedException(nameof(SqlHost));

    /// <summary>Drops the connections that are kept: they may be as dead as the one that was tried. Those in use end when they are given back.</summary>
    internal async ValueTask ForgetAsync(DbDataSource tried)
    {
        lock (_gate)
        {
            if (_source != tried) return;
            _source = connect();
        }
        await tried.DisposeAsync();
    }

    internal void Answered() => Interlocked.Exchange(ref _failedAt, 0);

    /// <summary>True when it had answered before: worth a line in the log.</summary>
    internal bool Failed(long now) => Interlocked.Exchange(ref _failedAt, Math.Max(1, now)) == 0;

    public async ValueTask DisposeAsync()
    {
        DbDataSource? source;
        lock (_gate) (source, _source) = (_source, null);
        if (source is not null) await source.DisposeAsync();
    }
}
