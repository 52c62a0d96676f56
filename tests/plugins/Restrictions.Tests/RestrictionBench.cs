using System.Net;
using System.Text.Json.Serialization.Metadata;
using PolicyMTA.Restrictions.Any;
using PolicyMTA.Restrictions.Client;
using PolicyMTA.Restrictions.Data;
using PolicyMTA.Restrictions.Etrn;
using PolicyMTA.Restrictions.Helo;
using PolicyMTA.Restrictions.PolicyService;
using PolicyMTA.Restrictions.Recipient;
using PolicyMTA.Restrictions.Relay;
using PolicyMTA.Restrictions.Sender;
using PolicyMTA.Sdk;

namespace PolicyMTA.Restrictions.Tests;

/// <summary>All restrictions that ship, and a session to try them on.</summary>
internal sealed class RestrictionBench : IPluginRegistry
{
    private static readonly IPlugin[] Plugins =
    [
        new AnyRestrictions(), new ClientRestrictions(), new HeloRestrictions(), new SenderRestrictions(), new RelayRestrictions(),
        new RecipientRestrictions(), new DataRestrictions(), new EtrnRestrictions(), new PolicyServicePlugin(),
    ];

    private readonly Dictionary<string, RestrictionDeclaration> _restrictions = [];
    private readonly Dictionary<string, string> _parameters = [];

    public RestrictionBench()
    {
        foreach (var plugin in Plugins) plugin.Register(this);
    }

    public FakeServices Services { get; } = new();
    public IReadOnlyDictionary<string, RestrictionDeclaration> Restrictions => _restrictions;
    public IEnumerable<string> Names => _restrictions.Keys;
    public IReadOnlyDictionary<string, string> Parameters => _parameters;
    public Sdk.Client Client { get; set; } = new() { Address = IPAddress.Parse("192.0.2.10"), Name = "mail.good.test", ReverseName = "mail.good.test" };
    public string? Helo { get; set; } = "mail.good.test";
    public Tls? Tls { get; set; }
    public string? User { get; set; }
    public string Sender { get; set; } = "joe@good.test";
    /// <summary>Asked at DATA, not at RCPT.</summary>
    public bool AtData { get; set; }

    /// <summary>Recipients that were accepted before.</summary>
    public int Accepted { get; set; }

    public string[] Recipients { get; set; } = ["alice@example.test"];
    public bool HasPipelined { get; set; }
    public string Etrn { get; set; } = "example.test";
    public bool IsUnderStress { get; set; }

    /// <summary>Makes a restriction; as in a policy, a last argument that is an object holds options.</summary>
    public object Make(string name, params object?[] arguments) => arguments is [.. var positional, Dictionary<string, object?> options]
        ? _restrictions[name].Create(new RestrictionArguments(name, positional, options))
        : _restrictions[name].Create(new RestrictionArguments(name, arguments, new Dictionary<string, object?>()));

    /// <summary>What the restriction says at the stage that has everything; the reply as the client reads it.</summary>
    public async Task<string> AskAsync(string name, params object?[] arguments) => Framing.Show(await CheckAsync(name, arguments), this, RefusedItem.Recipient);

    public async Task<Verdict> CheckAsync(string name, params object?[] arguments)
    {
        var cancellation = TestContext.Current.CancellationToken;
        return await (Make(name, arguments) switch
        {
            IRestriction<DataContext> restriction when AtData => restriction.CheckAsync(new DataContext(Session(), Transaction(), [.. Recipients.Select(ToRecipient)]), cancellation),
            IRestriction<RecipientContext> restriction => restriction.CheckAsync(RecipientContext(), cancellation),
            IRestriction<DataContext> restriction => restriction.CheckAsync(new DataContext(Session(), Transaction(), [.. Recipients.Select(ToRecipient)]), cancellation),
            IRestriction<EtrnContext> restriction => restriction.CheckAsync(new EtrnContext(Session(), Etrn), cancellation),
            var other => throw new InvalidOperationException($"{name} is {other}"),
        });
    }

    public RecipientContext RecipientContext() => new(Session(), Transaction(), ToRecipient(Recipients[0]));

    private SessionFacts Session() => new()
    {
        Id = "1",
        Client = Client,
        Server = new Server(IPAddress.Parse("192.0.2.25"), 25, "example.test"),
        Listener = "smtp",
        Helo = Helo is null ? null : new Sdk.Helo(Helo, IsExtended: true),
        Tls = Tls,
        Sasl = User is null ? null : new Sasl(User, "PLAIN"),
        HasPipelinedWithoutLeave = HasPipelined,
        IsUnderStress = IsUnderStress,
    };

    private TransactionFacts Transaction() => new() { Sender = Sender.Length == 0 ? Address.Null : Address.FromInternal(Sender), AcceptedRecipients = Accepted };

    private Sdk.Recipient ToRecipient(string text) => new() { Address = Address.FromInternal(text), Class = Services.ClassOf(Address.FromInternal(text)) };

    public void AddSetting(string name, string defaultValue)
    {
        if (Services.Values.TryGetValue(name, out var other) && other != defaultValue) throw new InvalidOperationException($"{name} has two defaults");
        Services.Values[name] = defaultValue;
    }

    public void AddRestriction<TContext>(string name, Func<RestrictionArguments, IPluginServices, IRestriction<TContext>> create, string parameters = "") where TContext : ClientContext
    {
        _restrictions.Add(name, new RestrictionDeclaration(name, typeof(TContext), "Shipped", arguments => create(arguments, Services)));
        _parameters.Add(name, parameters);
    }

    public void AddOptions<TOptions>(JsonTypeInfo<TOptions> metadata, Func<TOptions, IEnumerable<string>>? validate = null) where TOptions : class => throw new NotSupportedException();
    public void AddLookupTable(string type, Func<TableArguments, IPluginServices, ILookupTable> create) => throw new NotSupportedException();
    public void AddAuthenticator(string name, Func<IPluginServices, IAuthenticator> create) => throw new NotSupportedException();
    public void AddMilter(string name, Func<string, IPluginServices, IMilter> create) => throw new NotSupportedException();
    public void AddTransport(string name, Func<IPluginServices, ITransport> create) => throw new NotSupportedException();
    public void AddConnectionService(string name, Func<string, IPluginServices, IConnectionService> create) => throw new NotSupportedException();
    public void AddCommand(string name, Func<IPluginServices, IPluginCommand> create) => throw new NotSupportedException();
    public void AddQueueStore(string name, Func<IPluginServices, IQueueStore> create) => throw new NotSupportedException();
    public void AddCounterStore(string name, Func<IPluginServices, ICounterStore> create) => throw new NotSupportedException();
}
