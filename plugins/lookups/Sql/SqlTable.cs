using System.Data.Common;
using Microsoft.Extensions.Logging;
using PolicyMTA.Sdk;

namespace PolicyMTA.Lookups.Sql;

/// <summary>
/// Asks a database server, one of several that hold the same. A server that does not answer is left alone for <c>retry_interval</c> while there is another; when
/// none answers the lookup fails for now. Connections are kept, and made when they are needed: a server that is down when the program starts is found later.
/// </summary>
internal sealed partial class SqlTable(SqlTableOptions options, TimeProvider time, ILogger logger) : ILookupTable
{
    internal const int ConnectSeconds = 5, QuerySeconds = 10, ConnectionsAtOnce = 16, DefaultInterval = 60;

    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(ConnectSeconds + QuerySeconds);

    private readonly List<SqlHost> _hosts = [.. options.Hosts.Select(host => new SqlHost(host.Name, host.Connect))];

    /// <inheritdoc/>
    public TableCaching? Caching => options.Caching;

    /// <inheritdoc/>
    public async ValueTask<LookupResult> FindAsync(string key, CancellationToken cancellationToken)
    {
        if (options.Domains is { } domains)
        {
            var allowed = await domains.AllowsAsync(key, cancellationToken);
            if (!allowed.IsFound) return allowed;
        }
        // PostgreSQL's texts hold no NUL, so that no key with one is there.
        if (key.Contains('\0', StringComparison.Ordinal) || !options.Query.TryBind(key, out var parameters)) return LookupResult.None;
        var failure = "no server is named";
        foreach (var host in InTurn())
        {
            try
            {
                var values = await AskAsync(host, parameters, cancellationToken);
                host.Answered();
                return values is null ? LookupResult.Failed($"{host.Name}: the query has no result set") : options.Format.Join(key, values);
            }
            catch (Exception error) when (options.Dialect.IsLost(error) || error is OperationCanceledException && !cancellationToken.IsCancellationRequested)
            {
                failure = $"{host.Name}: {(error is OperationCanceledException ? $"no answer in {Longest.TotalSeconds:0} s" : error.Message)}";
                if (host.Failed(time.GetTimestamp())) Log.Lost(logger, options.Dialect.Type, failure);
            }
            catch (DbException error)
            {
                return LookupResult.Failed($"{host.Name}: {error.Message}");
            }
        }
        return LookupResult.Failed(failure);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var host in _hosts) await host.DisposeAsync();
    }

    // Those that answer, in random order so that they share the work; when there is none, the one that has been left alone the longest.
    private IEnumerable<SqlHost> InTurn()
    {
        var able = _hosts.Where(host => host.FailedAt is not { } failed || time.GetElapsedTime(failed) >= options.RetryInterval).ToArray();
        if (able.Length == 0) return _hosts.OrderBy(host => host.FailedAt ?? 0).Take(1);
        if (able.Length > 1) Random.Shared.Shuffle(able);
        return able;
    }

    /// <summary>The values of all columns of all rows; null when there is no result set.</summary>
    private async ValueTask<List<string?>?> AskAsync(SqlHost host, string[] parameters, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(Longest);
        var source = host.Source;
        try
        {
            return await AskOnceAsync(source, parameters, deadline.Token);
        }
        catch (Exception error) when (options.Dialect.IsLost(error) && host.FailedAt is null)
        {
            // A kept connection may have ended with the server's last start: a new one tells.
            await host.ForgetAsync(source);
            return await AskOnceAsync(host.Source, parameters, deadline.Token);
        }
    }

    private async ValueTask<List<string?>?> AskOnceAsync(DbDataSource source, string[] parameters, CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        await using var command = connection.CreateCommand();
        command.CommandText = options.Query.Text;
        for (var i = 0; i < parameters.Length; i++) options.Dialect.AddValue(command, i + 1, parameters[i]);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        if (reader.FieldCount == 0) return options.RequiresResultSet ? null : [];
        var values = new List<string?>();
        while (await reader.ReadAsync(cancellationToken))
        {
            for (var column = 0; column < reader.FieldCount; column++)
            {
                values.Add(await reader.IsDBNullAsync(column, cancellationToken) ? null : Convert.ToString(reader.GetValue(column), System.Globalization.CultureInfo.InvariantCulture));
            }
        }
        return values;
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "{Type} server does not answer: {Reason}")]
        public static partial void Lost(ILogger logger, string type, string reason);
    }
}
