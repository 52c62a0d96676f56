using System.Net;
using PolicyMTA.Configuration;
using PolicyMTA.Generations;
using PolicyMTA.Queue;
using PolicyMTA.Sdk;

namespace PolicyMTA.Composition;

/// <summary>The server: everything that runs between start and stop.</summary>
internal sealed class MailServer : IAsyncDisposable
{
    /// <summary>Starts a server; what keeps it from starting is in the result, never thrown.</summary>
    public static Task<StartResult> StartAsync(MailConfiguration configuration, MailServerOptions options, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Builds a generation as a start would, and lets it go: what <c>policymta check</c> says.</summary>
    public static Task<ReloadResult> CheckAsync(MailConfiguration configuration, MailServerOptions options, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>The configuration in force.</summary>
    public MailConfiguration Configuration => throw new NotImplementedException();

    /// <summary>The hash of the generation in force.</summary>
    public string Hash => throw new NotImplementedException();

    /// <summary>Where the listeners are bound: name and address, with the port that the system chose.</summary>
    public IReadOnlyList<(string Name, EndPoint Address)> Endpoints => throw new NotImplementedException();

    /// <summary>When it started.</summary>
    public DateTimeOffset Started => throw new NotImplementedException();

    /// <summary>The queue.</summary>
    public MessageQueue Queue => throw new NotImplementedException();

    /// <summary>Reads the configuration, policies and plugins again and puts them in force, or nothing at all.</summary>
    /// <param name="now">Sessions move at their next MAIL, however young their generation.</param>
    public Task<ReloadResult> ReloadAsync(bool now, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Puts an earlier generation in force again; null: the one before. A prefix of a hash will do.</summary>
    public Task<ReloadResult> RollbackAsync(string? hash, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>The good generations, newest first.</summary>
    public IReadOnlyList<HistoryEntry> History() => throw new NotImplementedException();

    /// <summary>The plugins in memory.</summary>
    public IReadOnlyList<PluginStatus> Plugins() => throw new NotImplementedException();

    /// <summary>Asks a table of the generation in force.</summary>
    /// <exception cref="ConfigurationException">There is no such table.</exception>
    public Task<LookupResult> LookUpAsync(string table, string key, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Stops: no new connections, sessions get 421 between commands, deliveries finish; what is left after <paramref name="drain"/> is cut.</summary>
    public Task StopAsync(TimeSpan drain, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => throw new NotImplementedException();
}
