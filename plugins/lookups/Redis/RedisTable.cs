using PolicyMTA.Sdk;
using StackExchange.Redis;

namespace PolicyMTA.Lookups.Redis;

/// <summary>
/// Asks a Redis server. One connection carries all questions; the driver makes it anew when it breaks. It is made by the first question, so a server that
/// is down keeps nobody from starting.
/// </summary>
internal sealed class RedisTable(RedisTableOptions options, TimeProvider time) : ILookupTable
{
    private readonly Lock _gate = new();
    private Task<ConnectionMultiplexer>? _connecting;
    private bool _isDisposed;

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
        if (key.Length == 0 || options.Key.Expand(key) is not { } name || options.Part.Expand(key) is not { } part) return LookupResult.None;
        try
        {
            var value = await AskAsync(name, part).WaitAsync(options.Timeout, time, cancellationToken);
            return options.Format.Join(key, [value]);
        }
        catch (Exception error) when (error is RedisException or TimeoutException)
        {
            return LookupResult.Failed($"redis: {(error is RedisServerException ? error.Message : error is TimeoutException ? "no answer in time" : "the server can't be reached")}");
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Task<ConnectionMultiplexer>? connecting;
        lock (_gate) (_isDisposed, connecting) = (true, _connecting);
        if (connecting is not null) await (await connecting).DisposeAsync();
    }

    private async Task<string?> AskAsync(string name, string part)
    {
        var database = (await ConnectAsync()).GetDatabase();
        const CommandFlags flags = CommandFlags.PreferMaster;
        return options.Command switch
        {
            RedisCommand.Get => await database.StringGetAsync(name, flags),
            RedisCommand.HashGet => await database.HashGetAsync(name, part, flags),
            _ => await database.SetContainsAsync(name, part, flags) ? part : null,
        };
    }

    private Task<ConnectionMultiplexer> ConnectAsync()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            return _connecting ??= ConnectionMultiplexer.ConnectAsync(options.Connection);
        }
    }
}
