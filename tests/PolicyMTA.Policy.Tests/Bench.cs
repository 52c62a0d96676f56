using System.Net;
using Microsoft.Extensions.Time.Testing;
using PolicyMTA.Policy.Recording;
using PolicyMTA.Sdk;

namespace PolicyMTA.Policy.Tests;

/// <summary>Policies on fakes, and the session that tries them.</summary>
internal sealed class Bench : IAsyncDisposable
{
    private readonly Dictionary<string, RestrictionDeclaration> _restrictions = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _shadowFiles = new(StringComparer.Ordinal);
    private PolicyLoadResult? _loaded;
    private SessionPolicy? _session;

    public Bench(RuleLedger? rules = null)
    {
        Rules = rules ?? new RuleLedger();
        Counters = new MemoryCounterStore(Time);
        Restriction<ClientContext>("permit_mynetworks", c => c.Client.IsInMyNetworks ? Verdict.Permit : Verdict.Dunno);
        Restriction<ClientContext>("permit_sasl_authenticated", c => c.Sasl is not null ? Verdict.Permit : Verdict.Dunno);
        Restriction<ClientContext>("permit", _ => Verdict.Permit);
        Restriction<ClientContext>("reject", _ => new Verdict.Refuse(554, new EnhancedStatus(5, 7, 1), "Access denied"));
        Restriction<RecipientContext>("reject_unauth_destination", c => c.Recipient.Class == AddressClass.Default
            ? new Verdict.Refuse(554, new EnhancedStatus(5, 7, 1), "Relay access denied") { Frame = ReplyFrame.Item }
            : Verdict.Dunno);
    }

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 11, 22, 12, 0, 0, TimeSpan.Zero));

    public ListLogger Logger { get; } = new();

    public RuleLedger Rules { get; }

    public FakeTables Tables { get; } = new();

    public FakeDns Dns { get; } = new();

    public IAddressVerifier? Verifier { get; set; }

    public IPolicyEndpoints? Endpoints { get; set; }

    public ISessionRecorder? Sessions { get; set; }

    public Func<int> Seed { get; set; } = () => 7;

    public HashSet<string> Sets { get; } = ["smtp"];

    public bool DelayReject { get; set; } = true;

    public bool RejectUnlistedSender { get; set; }

    public bool RejectUnlistedRecipient { get; set; }

    public PolicyLimits Limits { get; set; } = new();

    public SessionFacts Facts { get; set; } = new()
    {
        Id = "s1",
        Client = new Client { Address = IPAddress.Parse("192.0.2.10"), Name = "mail.good.test", ReverseName = "mail.good.test" },
        Server = new Server(IPAddress.Loopback, 25, "mx.example.test"),
        Listener = "smtp",
        Helo = new Helo("mail.good.test", true),
    };

    public TransactionFacts Transaction { get; set; } = new() { Sender = new Address("joe", "good.test") };

    public SessionPolicy Session => _session ??= Start();

    public Bench File(string path, string text)
    {
        _files[path] = text;
        return this;
    }

    /// <summary>A stage file with the usual import before its text, all on one line.</summary>
    public Bench Stage(string stage, string text) => File(stage + ".js", Import + text);

    public const string Import = "import { reject, defer, permit, dunno, discard, hold, prepend, redirect, bcc, filter, delay, warn, info, disconnect, "
        + "defer_if_permit, defer_if_reject, rule, per_recipient, warn_if_reject, restrictions as r } from 'policymta'; ";

    public Bench Restriction<TContext>(string name, Func<TContext, Verdict> check) where TContext : ClientContext =>
        Restriction<TContext>(name, (c, _) => new ValueTask<Verdict>(check(c)));

    public Bench Restriction<TContext>(string name, Func<TContext, CancellationToken, ValueTask<Verdict>> check) where TContext : ClientContext =>
        Restriction<TContext>(name, _ => new FakeRestriction<TContext>(check));

    public Bench Restriction<TContext>(string name, Func<RestrictionArguments, object> create) where TContext : ClientContext
    {
        _restrictions[name] = new RestrictionDeclaration(name, typeof(TContext), "Fake", create);
        return this;
    }

    public Bench Without(string restriction)
    {
        _restrictions.Remove(restriction);
        return this;
    }

    /// <summary>A file of the shadow set; the first one turns it on.</summary>
    public Bench Shadow(string stage, string text)
    {
        _shadowFiles[stage + ".js"] = Import + text;
        return this;
    }

    public ShadowCounts ShadowCounts { get; } = new();

    public MemoryCounterStore Counters { get; }

    public PolicyLoadResult Load()
    {
        if (_loaded is not null) return _loaded;
        _loaded = PolicyLoader.Load(new PolicySource(_files), Options);
        if (_shadowFiles.Count == 0) return _loaded;
        var shadow = PolicyLoader.Load(new PolicySource(_shadowFiles, "shadow"), Options.ForShadow());
        Assert.Empty(shadow.Errors);
        _loaded.Policies!.RunBeside(shadow.Policies!, ShadowCounts);
        return _loaded;
    }

    private PolicyLoadOptions Options => new()
    {
        Restrictions = _restrictions,
        Sets = Sets,
        DelayReject = DelayReject,
        RejectUnlistedSender = RejectUnlistedSender,
        RejectUnlistedRecipient = RejectUnlistedRecipient,
        Limits = Limits,
        Services = new PolicyServices
        {
            Rules = Rules, Tables = Tables, Dns = Dns, Verifier = Verifier, Endpoints = Endpoints, Counters = Counters, Time = Time, Logger = Logger, Seed = Seed, Sessions = Sessions,
        },
    };

    public SessionPolicy Start(SessionVars? vars = null, string set = "smtp")
    {
        var loaded = Load();
        Assert.Empty(loaded.Errors);
        return loaded.Policies!.Start(set, vars);
    }

    public RecipientContext Recipient(string address = "alice@example.test", AddressClass addressClass = AddressClass.VirtualMailbox) =>
        new(Facts, Transaction, new Recipient { Address = Address.FromInternal(address), Class = addressClass });

    public Task<StageDecision> RcptAsync(string address = "alice@example.test", AddressClass addressClass = AddressClass.VirtualMailbox) =>
        Session.RecipientAsync(Recipient(address, addressClass), TestContext.Current.CancellationToken).AsTask();

    public Task<StageDecision> RcptOutsideAsync(string address = "x@elsewhere.test") => RcptAsync(address, AddressClass.Default);

    public Task<Refusal?> EtrnAsync(string domain = "example.test") => Session.EtrnAsync(new EtrnContext(Facts, domain), TestContext.Current.CancellationToken).AsTask();

    public Task<StageDecision> DataAsync(params string[] recipients) =>
        Session.DataAsync(new DataContext(Facts, Transaction, Recipients(recipients)), TestContext.Current.CancellationToken).AsTask();

    public Task<StageDecision> EndOfDataAsync(IMessage message, params string[] recipients) =>
        Session.EndOfDataAsync(new EndOfDataContext(Facts, Transaction, Recipients(recipients), message), TestContext.Current.CancellationToken).AsTask();

    /// <summary>The next question begins another session.</summary>
    public async ValueTask EndSessionAsync()
    {
        if (_session is not null) await _session.DisposeAsync();
        _session = null;
    }

    public async ValueTask DisposeAsync()
    {
        await EndSessionAsync();
        if (_loaded?.Policies is { } policies) await policies.DisposeAsync();
    }

    private static List<Recipient> Recipients(string[] addresses) =>
        [.. addresses.Select(a => new Recipient { Address = Address.FromInternal(a), Class = AddressClass.VirtualMailbox })];
}

internal sealed class FakeRestriction<TContext>(Func<TContext, CancellationToken, ValueTask<Verdict>> check) : IRestriction<TContext>, IDisposable
    where TContext : ClientContext
{
    public bool IsDisposed { get; private set; }

    public ValueTask<Verdict> CheckAsync(TContext context, CancellationToken cancellationToken) => check(context, cancellationToken);

    public void Dispose() => IsDisposed = true;
}
