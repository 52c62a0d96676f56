using PolicyMTA.Configuration;
using PolicyMTA.Counters;
using PolicyMTA.Delivery;
using PolicyMTA.Delivery.Verification;
using PolicyMTA.Dns;
using PolicyMTA.Generations;
using PolicyMTA.Leases;
using PolicyMTA.Metrics;
using PolicyMTA.PluginHost;
using PolicyMTA.Policy;
using PolicyMTA.Queue;
using PolicyMTA.Receiving;
using PolicyMTA.Receiving.Submission;
using PolicyMTA.Sdk;
using PolicyMTA.Recordings;
using PolicyMTA.Traces;

namespace PolicyMTA.Composition;

/// <summary>What a server consists of, put together by hand, top to bottom. It is where generations come in force.</summary>
internal sealed class MailServerParts : IGenerationTarget, IAsyncDisposable
{
    private readonly InheritedSockets _sockets;
    private Current<ReceivingGeneration>? _receiving;
    private Current<DeliveryGeneration>? _delivering;
    private SmtpReceiver? _receiver;
    private Deliverer? _deliverer;
    private AddressVerifier? _verifier;
    private VerifierSlot _slot = null!;
    private string _verifyMap = "";
    private SubmissionSlot _submissionSlot = null!;
    private MailSubmission? _submission;
    private PostmasterNotices? _notices;

    private MailServerParts(World world, MessageQueue queue, PluginLoader loader, GenerationStore store, MailConfiguration configuration, InheritedSockets sockets)
    {
        (World, Queue, _sockets) = (world, queue, sockets);
        Generations = new GenerationControl(new GenerationBuilder(world, loader, Ledger), store, this, Live, world) { FileName = Path.GetFileName(configuration.File) };
    }

    /// <summary>What lives as long as the process.</summary>
    public World World { get; }
    /// <summary>The queue.</summary>
    public MessageQueue Queue { get; }
    /// <summary>Reload and rollback.</summary>
    public GenerationControl Generations { get; }
    /// <summary>The plugins in memory.</summary>
    public PluginLedger Ledger { get; } = new();
    /// <summary>The generations that are held.</summary>
    public LiveGenerations Live { get; } = new();
    /// <summary>The receiving side; there once a generation is in force.</summary>
    public SmtpReceiver Receiver => _receiver ?? throw new InvalidOperationException("no generation is in force");
    /// <summary>What receiving leases; likewise.</summary>
    public Current<ReceivingGeneration> Receiving => _receiving ?? throw new InvalidOperationException("no generation is in force");
    /// <summary>The delivering side, likewise.</summary>
    public Deliverer Deliverer => _deliverer ?? throw new InvalidOperationException("no generation is in force");

    /// <summary>Decision traces.</summary>
    public required TraceRecorder Traces { get; init; }

    /// <summary>Recordings of sessions.</summary>
    public required RecordingFeed Recordings { get; init; }

    /// <summary>Puts a server together; nothing runs before a generation is in force.</summary>
    /// <exception cref="IOException">The database of traces can't be opened.</exception>
    public static async Task<MailServerParts> ComposeAsync(MailConfiguration configuration, MailServerOptions options, MessageQueue queue)
    {
        var dns = options.Dns ?? new DnsResolver(new DnsSettings(), options.Time);
        var verifier = new VerifierSlot();
        var submission = new SubmissionSlot();
        var counters = OpenCounters(configuration.Counters, options);
        var world = new World(options.Logging, options.Time, dns, counters, verifier, submission);
        TraceRecorder traces;
        try
        {
            traces = new TraceRecorder(configuration.Policy.Traces, options.Time, options.Logging.CreateLogger("traces"), world.Metrics.CreateMeter("PolicyMTA.Traces"));
        }
        catch
        {
            await counters.DisposeAsync();
            throw;
        }
        var recordings = new RecordingFeed();
        world = world with { Recorder = traces, Sessions = recordings };
        RuleMetrics.Create(world.Metrics.CreateMeter("PolicyMTA.Rules"), world.Rules, world.Shadow);
        var loader = CreateLoader(configuration, options);
        var store = new GenerationStore(configuration.GenerationsFolder, loader);
        return new MailServerParts(world, queue, loader, store, configuration, options.Sockets) { Traces = traces, Recordings = recordings, _slot = verifier, _submissionSlot = submission, _verifyMap = VerificationSlice.MapFile(configuration) };
    }

    private static ICounterStore OpenCounters(CountersSection counters, MailServerOptions options) => counters.Store == "memory"
        ? new MemoryCounterStore(options.Time, counters.Limit)
        : new KeptCounterStore(counters.File, counters.Limit, options.Time, options.Logging.CreateLogger("counters"));

    /// <summary>Finds plugins where they ship and where the site drops them in.</summary>
    /// <param name="configuration">Where the site's own are.</param>
    /// <param name="options">Where those are that ship.</param>
    /// <param name="versions">Where copies are loaded from; null: where the configuration keeps them.</param>
    public static PluginLoader CreateLoader(MailConfiguration configuration, MailServerOptions options, string? versions = null) => new(new PluginHostOptions
    {
        Folders = [Path.Combine(options.ProgramFolder, "plugins"), configuration.SitePluginFolder],
        VersionsFolder = versions ?? configuration.PluginVersionsFolder,
        Time = options.Time,
    });

    /// <inheritdoc/>
    public ValueTask PrepareAsync(Lease<Generation> generation, CancellationToken cancellationToken) =>
        // The first time there is nobody to receive yet: listeners are bound when everything else stands.
        _receiver?.PrepareAsync(ReceivingSlice.Listeners(generation.Value), cancellationToken) ?? StartReceivingAsync(generation, cancellationToken);

    /// <inheritdoc/>
    public ValueTask AbandonAsync() => _receiver?.AbandonAsync() ?? ValueTask.CompletedTask;

    /// <inheritdoc/>
    public async ValueTask ReplaceAsync(Lease<Generation> generation)
    {
        await using var own = generation;
        var (forReceiving, forDelivery) = (own.Share(), own.Share());
        Queue.Apply(QueueSlice.Of(own.Value.Configuration));
        await _receiving!.ReplaceAsync(ReceivingSlice.Of(own.Value), _ => forReceiving.DisposeAsync());
        await _delivering!.ReplaceAsync(DeliverySlice.Of(own.Value), _ => forDelivery.DisposeAsync());
        Queue.Scheduler.Reroute();
        // Last: who connects to a listener finds the generation that knows it.
        await _receiver!.SwitchAsync();
    }

    /// <inheritdoc/>
    public void MoveSessions() => _receiver?.MoveSessions();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_receiver is not null) await _receiver.DisposeAsync();
        if (_verifier is not null) await _verifier.DisposeAsync();
        if (_submission is not null) await _submission.DisposeAsync();
        if (_notices is not null) await _notices.DisposeAsync();
        if (_deliverer is not null) await _deliverer.DisposeAsync();
        await Queue.DisposeAsync();
        if (_receiving is not null) await _receiving.DisposeAsync();
        if (_delivering is not null) await _delivering.DisposeAsync();
        await Generations.DisposeAsync();
        if (World.Counters is { } counters) await counters.DisposeAsync();
        await Traces.DisposeAsync();
    }

    private ValueTask StartReceivingAsync(Lease<Generation> generation, CancellationToken cancellationToken)
    {
        var (forReceiving, forDelivery) = (generation.Share(), generation.Share());
        _receiving = new Current<ReceivingGeneration>(ReceivingSlice.Of(generation.Value), _ => forReceiving.DisposeAsync(), World.Time);
        _delivering = new Current<DeliveryGeneration>(DeliverySlice.Of(generation.Value), _ => forDelivery.DisposeAsync());
        _deliverer = new Deliverer(_delivering, World.Dns, new NewMail(Queue.NextId, Queue.CreateContent), World.Time, World.Logging);
        _slot.Verifier = _verifier = new AddressVerifier(_delivering, _deliverer, Queue.NextId, _verifyMap, World.Time, World.Logging);
        _submissionSlot.Submission = _submission = new MailSubmission(_receiving, Queue, World.Time, World.Logging);
        _notices = new PostmasterNotices(Queue, _deliverer, World.Time, World.Logging);
        _receiver = new SmtpReceiver(_receiving, Queue, World.Dns, World.Time, World.Logging, _sockets, _notices);
        return _receiver.PrepareAsync(ReceivingSlice.Listeners(generation.Value), cancellationToken);
    }
}
