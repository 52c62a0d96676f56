using Microsoft.Extensions.Time.Testing;
using PolicyMTA.Leases;
using PolicyMTA.Policy;
using PolicyMTA.Queue;
using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Tests.Support;

/// <summary>A deliverer with everything around it.</summary>
internal sealed class Office : IAsyncDisposable
{
    private readonly Current<DeliveryGeneration> _current;

    private readonly StagePolicies? _policies;

    public Office(DeliverySettings? settings = null, FakeDns? dns = null, FakeClasses? classes = null, IReadOnlyDictionary<string, ITransport>? transports = null, TimeProvider? time = null, DateTimeOffset? now = null, IReadOnlyDictionary<string, string>? policies = null)
    {
        Clock = new(now ?? Post.Arrived);
        _policies = policies is null ? null : Load(policies);
        var generation = new DeliveryGeneration
        {
            Hash = "test",
            Settings = settings ?? Settings(),
            Addresses = (classes ?? new FakeClasses()).Book,
            Transports = transports ?? new Dictionary<string, ITransport>(),
            Policies = _policies?.Delivery,
        };
        _current = new Current<DeliveryGeneration>(generation, _ => ValueTask.CompletedTask);
        Deliverer = new Deliverer(_current, dns ?? new FakeDns(), Post.Mail, time ?? Clock, Log);
    }

    public FakeTimeProvider Clock { get; }

    public Deliverer Deliverer { get; }

    public LineLog Log { get; } = new();

    public TraceList Traces { get; } = new();

    public static DeliverySettings Settings() => new() { MyHostname = "example.test" };

    public async Task<RecipientOutcome> SendAsync(string nextHop, string recipient, string transport = "smtp") =>
        (await SendAsync(Post.Message(), nextHop, transport, recipient))[0];

    public async Task<IReadOnlyList<RecipientOutcome>> SendAsync(QueuedMessage message, string nextHop, string transport, params string[] recipients) =>
        await Deliverer.DeliverAsync(message, Post.To(recipients), new Route(transport, nextHop), CancellationToken.None).AsTask().WaitAsync(TimeSpan.FromSeconds(20));

    public async ValueTask DisposeAsync()
    {
        await Deliverer.DisposeAsync();
        await _current.DisposeAsync();
        if (_policies is not null) await _policies.DisposeAsync();
    }

    private StagePolicies Load(IReadOnlyDictionary<string, string> files)
    {
        var loaded = PolicyLoader.Load(new PolicySource(files), new PolicyLoadOptions
        {
            Restrictions = new Dictionary<string, RestrictionDeclaration>(),
            Sets = new HashSet<string>(),
            RejectUnlistedRecipient = false,
            Services = new PolicyServices { Tables = new NoTables(), Dns = new FakeDns(), Time = Clock, Logger = Log.CreateLogger("policy"), Recorder = Traces },
        });
        Assert.Empty(loaded.Errors);
        return loaded.Policies!;
    }

    private sealed class NoTables : ILookupTables
    {
        public ILookupTable Open(string specification) => throw new ConfigurationException($"there is no table '{specification}'");
    }

    internal sealed class TraceList : IDecisionRecorder
    {
        private readonly List<DecisionTrace> _traces = [];

        public bool IsWanted => true;

        public IReadOnlyList<DecisionTrace> All
        {
            get
            {
                lock (_traces) return [.. _traces];
            }
        }

        public void Take(DecisionTrace trace)
        {
            lock (_traces) _traces.Add(trace);
        }
    }
}
