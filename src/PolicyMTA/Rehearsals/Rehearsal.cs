using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using PolicyMTA.Composition;
using PolicyMTA.Configuration;
using PolicyMTA.Generations;
using PolicyMTA.Leases;
using PolicyMTA.Policy;
using PolicyMTA.Policy.Testing;
using PolicyMTA.Queue;
using PolicyMTA.Receiving;
using PolicyMTA.Sdk;

namespace PolicyMTA.Rehearsals;

/// <summary>
/// A whole generation, with its own policies, restrictions, tables and sessions, in a world where nothing happens: no socket, no delivery, a queue in a temporary folder, and
/// scripts for what is outside. Used by one flow.
/// </summary>
internal sealed class Rehearsal : IRehearsal, IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("policymta-rehearsal-").FullName;
    private readonly List<RehearsedSession> _sessions = [];
    private readonly World _world;
    private readonly FreshCounters _counters;
    private MessageQueue? _queue;
    private Generation? _generation;
    private Current<ReceivingGeneration>? _current;
    private SmtpReceiver? _receiver;

    private Rehearsal(RehearsalOptions options)
    {
        Time = options.Time ?? Clock;
        Tables = new ScriptedTables(options.ReadsAllTables);
        _counters = new FreshCounters(Time);
        _world = new World(NullLoggerFactory.Instance, Time, options.Dns ?? Dns, _counters, Verifier, new SubmissionSlot()) { Rehearsal = this, Recorder = Decisions };
    }

    /// <summary>Builds the generation; what is wrong with it is in the result.</summary>
    public static async Task<(Rehearsal? Rehearsal, ReloadResult Result)> OpenAsync(MailConfiguration configuration, RehearsalOptions options, CancellationToken cancellationToken)
    {
        var rehearsal = new Rehearsal(options);
        try
        {
            var result = await rehearsal.BuildAsync(configuration, cancellationToken);
            if (result.Succeeded) return (rehearsal, result);
            await rehearsal.DisposeAsync();
            return (null, result);
        }
        catch
        {
            await rehearsal.DisposeAsync();
            throw;
        }
    }

    /// <summary>The clock that stands still, where no other was given.</summary>
    public RehearsalClock Clock { get; } = new();

    /// <summary>The clock of policies and sessions.</summary>
    public TimeProvider Time { get; }

    /// <summary>DNS, where no other was given.</summary>
    public ScriptedDns Dns { get; } = new();

    /// <summary>Tables.</summary>
    public ScriptedTables Tables { get; }

    /// <summary>Endpoints.</summary>
    public ScriptedEndpoints Endpoints { get; } = new();

    /// <summary>What addresses are said to be.</summary>
    public ScriptedVerifier Verifier { get; } = new();

    /// <summary>What was decided.</summary>
    public HeardDecisions Decisions { get; } = new();

    /// <summary>The policies.</summary>
    public StagePolicies StagePolicies => _generation!.Policies;

    /// <summary>The rules of the policies.</summary>
    public IReadOnlyList<RuleInForce> Rules => _generation!.Policies.Rules;

    /// <summary>The texts of the policies.</summary>
    public PolicySource Policies => _generation!.PolicyTexts.InForce;

    /// <summary>What an open table is called; null when none is open by that name.</summary>
    public string? FindTable(string specification)
    {
        try
        {
            return _generation!.Tables.NameOf(specification) is var name && Tables.Known.Contains(name) ? name : null;
        }
        catch (ConfigurationException)
        {
            return null;
        }
    }

    /// <summary>The listeners that speak SMTP or LMTP.</summary>
    public IReadOnlyList<ListenerSettings> Listeners { get; private set; } = [];

    IPolicyEndpoints IRehearsal.Endpoints => Endpoints;

    /// <inheritdoc/>
    public ILookupTable Replace(string name, string type, ILookupTable table) => Tables.Replace(name, type, table);

    /// <summary>Forgets what was said, queued, counted and scripted.</summary>
    public async ValueTask ResetAsync(CancellationToken cancellationToken)
    {
        await CloseSessionsAsync();
        await _queue!.Administration.DeleteAsync(null, new QueueFilter(), cancellationToken);
        if (_receiver is not null) await _receiver.DisposeAsync();
        Clock.Reset();
        Dns.Reset();
        Tables.Reset();
        Endpoints.Reset();
        Verifier.Reset();
        _counters.Reset();
        Decisions.TakeAll();
        _receiver = new SmtpReceiver(_current!, _queue, _world.Dns, Time, NullLoggerFactory.Instance);
    }

    /// <summary>A session at a listener; its banner comes first.</summary>
    public RehearsedSession Open(ListenerSettings listener, IPEndPoint client, KnownClient known)
    {
        var session = new RehearsedSession(_receiver!, Decisions, listener.Name, client, new IPEndPoint(client.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? IPAddress.IPv6Loopback : IPAddress.Loopback, (listener.EndPoint as IPEndPoint)?.Port ?? 25), known);
        _sessions.Add(session);
        return session;
    }

    /// <summary>What is in the queue, oldest first, with the content.</summary>
    public async Task<IReadOnlyList<(QueueEntry Entry, string Content)>> QueueAsync(CancellationToken cancellationToken)
    {
        var all = new List<(QueueEntry, string)>();
        await foreach (var entry in _queue!.Administration.ListAsync(new QueueFilter(), cancellationToken))
        {
            if (await _queue.Administration.ReadContentAsync(entry.Id, cancellationToken) is not { } content) continue;
            using var reader = new StreamReader(await content.OpenReadAsync(cancellationToken), System.Text.Encoding.Latin1);
            all.Add((entry, await reader.ReadToEndAsync(cancellationToken)));
        }
        return [.. all.OrderBy(m => m.Item1.Id.Value, StringComparer.Ordinal)];
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await CloseSessionsAsync();
        if (_receiver is not null) await _receiver.DisposeAsync();
        if (_current is not null) await _current.DisposeAsync();
        if (_generation is not null) await _generation.DisposeAsync();
        if (_queue is not null) await _queue.DisposeAsync();
        _world.Metrics.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task<ReloadResult> BuildAsync(MailConfiguration configuration, CancellationToken cancellationToken)
    {
        var loader = MailServerParts.CreateLoader(configuration, new MailServerOptions { Logging = NullLoggerFactory.Instance, Time = TimeProvider.System }, Path.Combine(_folder, "plugins"));
        var built = await new GenerationBuilder(_world, loader, new PluginLedger()).BuildAsync(new GenerationSource(configuration), null, cancellationToken);
        if (built.Generation is not { } generation) return new ReloadResult { Succeeded = false, Hash = "", Errors = built.Errors, Warnings = built.Warnings };
        _generation = generation;
        var receiving = ReceivingSlice.Of(generation);
        receiving = receiving with { Listeners = receiving.Listeners.ToDictionary(l => l.Key, l => Unhurried(l.Value), StringComparer.Ordinal) };
        Listeners = [.. receiving.Listeners.Values.Where(l => l.ConnectionService is null)];
        _current = new Current<ReceivingGeneration>(receiving, _ => ValueTask.CompletedTask);
        // Nothing is ever delivered: no scheduler runs, and the queue's own clock may be the wall's.
        _queue = await MessageQueue.OpenAsync(QueueSlice.Of(configuration) with { Folder = Path.Combine(_folder, "queue"), MinFree = 0 }, TimeProvider.System, NullLoggerFactory.Instance, cancellationToken);
        await ResetAsync(cancellationToken);
        return new ReloadResult { Succeeded = true, Hash = generation.Hash, Errors = [], Warnings = built.Warnings };
    }

    // Nobody is made to wait for mistakes where the clock stands still.
    private static ListenerSettings Unhurried(ListenerSettings listener) => listener with { Service = listener.Service with { ErrorSleepTime = TimeSpan.Zero }, Stressed = listener.Stressed with { ErrorSleepTime = TimeSpan.Zero } };

    private async ValueTask CloseSessionsAsync()
    {
        foreach (var session in _sessions) await session.DisposeAsync();
        _sessions.Clear();
    }
}
