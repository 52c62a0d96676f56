using System.Net;
using Microsoft.Extensions.Logging;
using PolicyMTA.Addressing;
using PolicyMTA.Configuration;
using PolicyMTA.Delivery;
using PolicyMTA.Dns;
using PolicyMTA.Generations;
using PolicyMTA.Leases;
using PolicyMTA.PluginHost;
using PolicyMTA.Policy;
using PolicyMTA.Queue;
using PolicyMTA.Receiving;
using PolicyMTA.Receiving.Submission;
using PolicyMTA.Sdk;
using PolicyMTA.Recordings;
using PolicyMTA.Traces;

namespace PolicyMTA.Composition;

/// <summary>The server: everything that runs between start and stop. Thread-safe.</summary>
internal sealed partial class MailServer : IAsyncDisposable
{
    private const int Running = 1;
    private const int Stopped = 2;

    private readonly MailServerParts _parts;
    private readonly Task _warmup;
    private readonly ILogger _log;
    private readonly CancellationTokenSource _cut = new();
    private Task _delivering = Task.CompletedTask;
    private FileWatch? _watch;
    private CertificateWatch? _certificates;
    private Maildrop? _maildrop;
    private int _state;

    private MailServer(MailServerParts parts, Task warmup, MailServerOptions options)
    {
        (_parts, _warmup, Started) = (parts, warmup, options.Time.GetUtcNow());
        _log = options.Logging.CreateLogger("master");
    }

    /// <summary>Starts a server; what keeps it from starting is in the result, never thrown.</summary>
    public static async Task<StartResult> StartAsync(MailConfiguration configuration, MailServerOptions options, CancellationToken cancellationToken)
    {
        // The script engine's first use costs as long as everything else together: it warms up beside it.
        var warmup = Task.Run(JintWarmup.RunAsync, CancellationToken.None);
        if (StartChecks.FindProblems(configuration) is { Count: > 0 } problems) return new StartResult { Errors = problems };
        var (queue, problem) = await OpenQueueAsync(configuration, options, cancellationToken);
        if (queue is null) return new StartResult { Errors = [problem!] };
        var (parts, trouble) = await ComposeAsync(configuration, options, queue);
        if (parts is null) return new StartResult { Errors = [trouble!] };
        var server = new MailServer(parts, warmup, options);
        try
        {
            var result = await parts.Generations.StartAsync(configuration, cancellationToken);
            if (!result.Succeeded)
            {
                await server.DisposeAsync();
                return new StartResult { Errors = result.Errors };
            }
            await server.OpenMaildropAsync(configuration, options);
            server.Run();
            return new StartResult { Server = server, Warnings = result.Warnings };
        }
        catch (Exception error)
        {
            await server.DisposeAsync();
            if (error is ConfigurationException) return new StartResult { Errors = [new ConfigurationError(configuration.LocalSubmission.Folder, 0, 0, error.Message)] };
            throw;
        }
    }

    /// <summary>Builds a generation as a start would, and lets it go: what <c>policymta check</c> says.</summary>
    public static async Task<ReloadResult> CheckAsync(MailConfiguration configuration, MailServerOptions options, CancellationToken cancellationToken)
    {
        // A look leaves nothing behind, not even copies of plugins.
        var versions = Directory.CreateTempSubdirectory("policymta-check-").FullName;
        try
        {
            return await CheckAsync(configuration, options, versions, cancellationToken);
        }
        finally
        {
            Directory.Delete(versions, recursive: true);
        }
    }

    private static async Task<ReloadResult> CheckAsync(MailConfiguration configuration, MailServerOptions options, string versions, CancellationToken cancellationToken)
    {
        var world = new World(options.Logging, options.Time, options.Dns ?? new DnsResolver(new DnsSettings(), options.Time), null, new VerifierSlot(), new SubmissionSlot());
        var builder = new GenerationBuilder(world, MailServerParts.CreateLoader(configuration, options, versions), new PluginLedger());
        var built = await builder.BuildAsync(new GenerationSource(configuration), null, cancellationToken);
        if (built.Generation is not { } generation) return new ReloadResult { Succeeded = false, Hash = "", Errors = built.Errors, Warnings = built.Warnings };
        await using (generation)
        {
            var warnings = await RoleMailboxChecks.FindAsync(generation, cancellationToken);
            return new ReloadResult { Succeeded = true, Hash = generation.Hash, Errors = built.Errors, Warnings = [.. built.Warnings, .. warnings] };
        }
    }

    /// <summary>The configuration in force.</summary>
    public MailConfiguration Configuration => _parts.Generations.InForce.Configuration;

    /// <summary>The hash of the generation in force.</summary>
    public string Hash => _parts.Generations.InForce.Hash;

    /// <summary>Where the listeners are bound: name and address, with the port that the system chose.</summary>
    public IReadOnlyList<(string Name, EndPoint Address)> Endpoints => [.. _parts.Receiver.EndPoints.Select(e => (e.Key, e.Value))];

    /// <summary>When it started.</summary>
    public DateTimeOffset Started { get; }

    /// <summary>Open sessions.</summary>
    public int SessionCount => _parts.Receiver.SessionCount;

    /// <summary>The queue.</summary>
    public MessageQueue Queue => _parts.Queue;

    /// <summary>Decision traces.</summary>
    public TraceRecorder Traces => _parts.Traces;

    /// <summary>Recordings of sessions.</summary>
    public RecordingFeed Recordings => _parts.Recordings;

    /// <summary>The rules of the generation in force.</summary>
    public IReadOnlyList<RuleInForce> Rules => _parts.Generations.InForce.Policies.Rules;

    /// <summary>How often the shadow set decided as the policies in force did.</summary>
    public ShadowCounts Shadow => _parts.World.Shadow;

    /// <summary>What it counts.</summary>
    public Metrics.ServerMetrics Metrics => _parts.World.Metrics;

    /// <summary>Reads the configuration, policies and plugins again and puts them in force, or nothing at all.</summary>
    /// <param name="now">Sessions move at their next MAIL, however young their generation.</param>
    /// <param name="cancellationToken">Ends the wait; what is in force by then stays.</param>
    public Task<ReloadResult> ReloadAsync(bool now, CancellationToken cancellationToken) => ReloadAsync(now, "", cancellationToken);

    /// <summary>Likewise, and history names who asked for it.</summary>
    public async Task<ReloadResult> ReloadAsync(bool now, string author, CancellationToken cancellationToken)
    {
        var result = await _parts.Generations.ReloadAsync(now, author, cancellationToken);
        _watch?.Refresh();
        return result;
    }

    /// <summary>Puts an earlier generation in force again; null: the one before. A prefix of a hash will do.</summary>
    public async Task<ReloadResult> RollbackAsync(string? hash, string author, CancellationToken cancellationToken)
    {
        var result = await _parts.Generations.RollbackAsync(hash, author, cancellationToken);
        _watch?.Refresh();
        return result;
    }

    /// <summary>The good generations, newest first.</summary>
    public IReadOnlyList<HistoryEntry> History() => _parts.Generations.History();

    /// <summary>What two generations say differently; null: the one in force, and the one before it.</summary>
    /// <exception cref="ConfigurationException">There is no such generation, or its copy is gone.</exception>
    public string Difference(string? from, string? to) => _parts.Generations.Difference(from, to);

    /// <summary>The plugins in memory.</summary>
    public IReadOnlyList<PluginStatus> Plugins() => _parts.Ledger.List(_parts.Live.Manifests);

    /// <summary>Asks a table of the generation in force.</summary>
    /// <exception cref="ConfigurationException">There is no such table.</exception>
    public async Task<LookupResult> LookUpAsync(string table, string key, CancellationToken cancellationToken)
    {
        await using var lease = _parts.Generations.LeaseInForce();
        var opened = lease.Value.Tables.Open(table);
        return await opened.FindFoldedAsync(key, cancellationToken);
    }

    /// <summary>Leases a table of the generation in force, for as long as it is used.</summary>
    /// <exception cref="ConfigurationException">There is no such table.</exception>
    public async Task UseTableAsync(string table, Func<ILookupTable, Task> use)
    {
        await using var lease = _parts.Generations.LeaseInForce();
        await use(lease.Value.Tables.Open(table));
    }

    /// <summary>Puts messages through aliases and routing of the generation in force anew.</summary>
    public async ValueTask<int> RequeueAsync(QueueId? id, QueueFilter filter, CancellationToken cancellationToken)
    {
        await using var lease = _parts.Generations.LeaseInForce();
        var book = lease.Value.Book;
        return await _parts.Queue.Administration.RequeueAsync(id, filter, async (address, token) => await book.ExpandAsync(address, token) is AliasExpansion.Expanded expanded
            ? expanded.Addresses
            : throw new TemporaryFailureException($"{address}: its aliases are a loop, or too many"), cancellationToken);
    }

    /// <summary>Stops: no new connections, sessions get 421 between commands, deliveries finish; what is left after <paramref name="drain"/> is cut.</summary>
    public async Task StopAsync(TimeSpan drain, CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _state, Stopped) != Running) return;
        if (_maildrop is not null) await _maildrop.DisposeAsync();
        if (_watch is not null) await _watch.DisposeAsync();
        if (_certificates is not null) await _certificates.DisposeAsync();
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        // Disposed asynchronously: a callback that is under way must not meet a disposed source.
        await using var timer = _parts.World.Time.CreateTimer(static state => ((CancellationTokenSource)state!).Cancel(), patience, drain, Timeout.InfiniteTimeSpan);
        // Both at once: sessions that end need not wait for a slow delivery, nor the other way round.
        await Task.WhenAll(_parts.Receiver.DrainAsync(drain, patience.Token).AsTask(), _parts.Queue.Scheduler.StopAsync(patience.Token));
        await _cut.CancelAsync();
        // Who watches is told that nothing more comes, so that the control socket can close.
        _parts.Traces.Feed.Close();
        _parts.Recordings.Dispose();
        await _delivering;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync(TimeSpan.Zero, CancellationToken.None);
        await _warmup;
        await _parts.DisposeAsync();
        _cut.Dispose();
    }

    private static async Task<(MessageQueue? Queue, ConfigurationError? Problem)> OpenQueueAsync(MailConfiguration configuration, MailServerOptions options, CancellationToken cancellationToken)
    {
        try
        {
            return (await MessageQueue.OpenAsync(QueueSlice.Of(configuration), options.Time, options.Logging, cancellationToken), null);
        }
        catch (Exception error) when (error is ConfigurationException or IOException or UnauthorizedAccessException)
        {
            return (null, new ConfigurationError(configuration.Queue.Folder, 0, 0, error.Message));
        }
    }

    private static async Task<(MailServerParts? Parts, ConfigurationError? Problem)> ComposeAsync(MailConfiguration configuration, MailServerOptions options, MessageQueue queue)
    {
        try
        {
            return (await MailServerParts.ComposeAsync(configuration, options, queue), null);
        }
        catch (ConfigurationException error)
        {
            await queue.DisposeAsync();
            return (null, new ConfigurationError(configuration.Counters.File, 0, 0, error.Message));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            await queue.DisposeAsync();
            return (null, new ConfigurationError(configuration.Policy.Traces.File ?? "", 0, 0, $"can't be used for decision traces: {error.Message}; name another file with trace_database in [policy], or none"));
        }
    }

    // Before anything is delivered: what a crash left half picked up must not be delivered twice.
    private async Task OpenMaildropAsync(MailConfiguration configuration, MailServerOptions options)
    {
        var section = configuration.LocalSubmission;
        if (section.IsEnabled) _maildrop = await Maildrop.OpenAsync(_parts.Receiving, _parts.Queue, section.Folder, section.Mode, options.Time, options.Logging);
    }

    private void Run()
    {
        _state = Running;
        _delivering = DeliverAsync();
        _maildrop?.Start();
        _watch = new FileWatch(this, _parts.World);
        _certificates = new CertificateWatch(_parts.Generations, _parts.World);
    }

    private async Task DeliverAsync()
    {
        try
        {
            await _parts.Queue.Scheduler.RunAsync(_parts.Deliverer, _cut.Token);
        }
        catch (OperationCanceledException) when (_cut.IsCancellationRequested)
        {
        }
        catch (Exception error)
        {
            Log.DeliveryEnded(_log, error);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Critical, Message = "the scheduler ended: mail is taken, none is delivered until a restart")]
        public static partial void DeliveryEnded(ILogger logger, Exception error);
    }
}
