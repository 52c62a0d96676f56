using PolicyMTA.Leases;
using PolicyMTA.Policy;
using PolicyMTA.Receiving.Limits;
using PolicyMTA.Receiving.Milters;
using PolicyMTA.Receiving.Notices;
using PolicyMTA.Sdk;
using PolicyMTA.Smtp;

namespace PolicyMTA.Receiving.Sessions;

/// <summary>What a session knows: its generation, its facts, its transaction. Belongs to the session's flow; nobody else touches it.</summary>
internal sealed class SessionState : IAsyncDisposable
{
    private readonly ReceivingServices _services;
    private Lease<ReceivingGeneration> _lease;
    private readonly bool _isStressed;
    private Task<Client>? _naming;
    private MilterChain? _milters;
    private MilterSettings? _ownMilters;

    internal SessionState(ReceivingServices services, Lease<ReceivingGeneration> lease, ListenerSettings listener, SessionFacts facts)
    {
        _services = services;
        _lease = lease;
        _isStressed = services.Load.IsStressed; // as a process of Postfix: for its whole life
        Listener = listener;
        Facts = _isStressed ? facts with { IsUnderStress = true } : facts;
        Override = new ClientOverride(this);
        if (Generation.Policies.Recorder is { IsWanted: true } recorder) Trace = new SessionTrace(this, recorder, services.Time);
        Policy = Generation.Policies.Start(listener.PolicySet);
        Policy.Trace = Trace;
        Parser = MakeParser();
        var wanted = Service.NotifyClasses & ~(NotifyClasses.Bounce | NotifyClasses.DoubleBounce | NotifyClasses.Delay);
        Transcript = wanted != 0 && services.Notices is not null ? new SessionTranscript(wanted) : null;
    }

    /// <summary>The session is over: the postmaster hears of it when something went wrong.</summary>
    internal void ReportTrouble()
    {
        if (Transcript is { Trouble: not NotifyClasses.None } told) _services.Notices?.Report(new SessionNotice(Facts.Client.ToString(), told.Trouble, told.Lines()));
    }

    /// <summary>What was said, when somebody may want to read it; null when nobody does.</summary>
    internal SessionTranscript? Transcript { get; }

    /// <summary>What was decided, when somebody keeps or reads it; null when nobody does.</summary>
    internal SessionTrace? Trace { get; }

    internal ReceivingGeneration Generation => _lease.Value;

    internal ListenerSettings Listener { get; private set; }

    internal SmtpServiceSettings Service => _isStressed ? Listener.Stressed : Listener.Service;

    /// <summary>What the client may do and has done; there once <see cref="CountIn"/> was called.</summary>
    internal SessionLimits? Limits { get; private set; }

    internal SessionPolicy Policy { get; private set; }

    internal SmtpCommandParser Parser { get; private set; }

    internal SessionFacts Facts { get; set; }

    internal MailTransaction? Transaction { get; private set; }

    /// <summary>What XFORWARD said of the next message's client; null when nothing.</summary>
    internal ClientAttributes? Forwarded { get; set; }

    internal ClientOverride Override { get; }

    /// <summary>Why the client may do nothing but QUIT; null when it may.</summary>
    internal SmtpReply? Denial { get; set; }

    /// <summary>What every recipient is answered, because the client talked before it was greeted; null when nothing.</summary>
    internal SmtpReply? RecipientRefusal { get; set; }

    /// <summary>What a line feed alone means from this client.</summary>
    internal BareNewline BareNewline => Service.BareNewlineExclusions.Contains(Facts.Client.Address) ? BareNewline.Accept : Service.BareNewline;

    /// <summary>What the client list wants done with every message of this session.</summary>
    internal IReadOnlyList<Verdict> ClientActions { get; set; } = [];

    /// <summary>What the helo list wants done, likewise.</summary>
    internal IReadOnlyList<Verdict> HeloActions { get; set; } = [];

    /// <summary>What <c>smtpd_discard_ehlo_keyword_address_maps</c> has for this client; null when nothing.</summary>
    internal IReadOnlySet<string>? ClientsDiscardedKeywords { get; set; }

    internal bool IsLmtp => Listener.Protocol == ListenerProtocol.Lmtp;

    internal bool OffersTls => Listener is { Tls: ListenerTls.StartTls, Certificate: not null } && Facts.Tls is null && !Discards("STARTTLS");

    /// <summary>Without a mechanism that may be used there is no AUTH at all.</summary>
    internal bool OffersAuth => OfferedMechanisms().Any();

    /// <summary>RFC 8689 §2: never in plain text.</summary>
    internal bool OffersRequireTls => Service.RequireTlsEnabled && Facts.Tls is not null && !Discards("REQUIRETLS");

    /// <summary>Whether EHLO is not to offer a keyword. What serves it is off too where Postfix turns it off: STARTTLS, AUTH, DSN, CHUNKING.</summary>
    internal bool Discards(string keyword) => (ClientsDiscardedKeywords ?? Service.DiscardedEhloKeywords).Contains(keyword);

    /// <summary>The mechanisms this client may use now, in their order.</summary>
    internal IEnumerable<SaslMechanism> OfferedMechanisms()
    {
        var login = Service.Login;
        if (!Service.AuthEnabled || Generation.Authenticator is not { } authenticator || Facts.Tls is null && Service.AuthOnlyUnderTls) return [];
        if (Discards("AUTH") || login.ExceptedNetworks.Contains(Facts.Client.Address)) return [];
        var security = Facts.Tls is null ? login.Security : login.TlsSecurity;
        return authenticator.Mechanisms.Where(m => login.Mechanisms.Allows(m.Name) && security.Allow(m));
    }

    /// <summary>Lets the parser take what is offered now.</summary>
    internal void RenewParser() => Parser = MakeParser();

    /// <summary>True for a client of a unix socket, which has no address of its own.</summary>
    internal bool IsLocalSocket => Facts.Client is { Port: 0, ProxiedBy: null };

    /// <summary>True when the facts were given: the client has no socket to be counted, named or encrypted by.</summary>
    internal bool IsKnown { get; init; }

    /// <summary>Counts the session among those of its client; it may be one too many.</summary>
    internal void CountIn()
    {
        if (IsLocalSocket || IsKnown) return; // all clients of a unix socket are one address
        var client = Facts.Client;
        var activity = _services.Clients.Enter(client.Address, Service.Limits, _services.Time.GetTimestamp(), out var open);
        Limits = new SessionLimits(activity, open, Service.Limits, client, Listener.Name, _services.Time, _services.Log);
        Denial ??= Limits.Connect(Service.HostName);
    }

    /// <summary>Begins to find the client's name while the client is greeted.</summary>
    internal void BeginNaming()
    {
        if (Service.PeerNameLookup && !IsLocalSocket && !IsKnown) _naming = ClientNames.ResolveAsync(Facts.Client, _services.Dns, _services.Time);
    }

    /// <summary>While a stranger's name is asked for there is time for it to show that it does not wait for the greeting; a server that greets at once never sees that.</summary>
    internal Task PauseForNamingAsync(TimeSpan pause) => _naming is null || Facts.Client.IsInMyNetworks ? Task.CompletedTask : Task.Delay(pause, _services.Time);

    /// <summary>Waits for the client's name: from here on it is in <see cref="Facts"/>.</summary>
    internal async ValueTask EndNamingAsync()
    {
        if (_naming is not { } naming) return;
        _naming = null;
        Facts = Facts with { Client = await naming };
    }

    /// <summary>The milters that follow this session; null when the listener has none.</summary>
    internal MilterChain? Milters => ListedMilters.Milters.Count == 0 ? null : _milters ??= new MilterChain(ListedMilters, _services.Time, _services.Log, Trace);

    private MilterSettings ListedMilters => _ownMilters ?? Service.Milters;

    /// <summary>A client may have milters of its own.</summary>
    internal async ValueTask ChooseMiltersAsync(CancellationToken cancellationToken) =>
        _ownMilters = Service.MilterMaps.Tables.Count == 0 ? null : await Service.MilterMaps.FindAsync(Facts.Client, _services, cancellationToken);

    /// <summary>Another client, or another generation: milters begin anew.</summary>
    internal async ValueTask LeaveMiltersAsync()
    {
        if (_milters is not { } milters) return;
        _milters = null;
        await milters.DisposeAsync();
    }

    internal MailTransaction Begin(TransactionFacts facts)
    {
        Trace?.Begin();
        Transaction = new MailTransaction(facts);
        foreach (var action in ClientActions.Concat(HeloActions)) Transaction.Apply(action, _services.Log);
        return Transaction;
    }

    internal async ValueTask EndTransactionAsync()
    {
        Forwarded = null;
        if (Transaction is not { } transaction) return;
        Transaction = null;
        Trace?.End(transaction.Facts);
        Policy.EndTransaction();
        if (_milters is { } milters) await milters.EndAsync();
        if (transaction.Reception is { } reception) await reception.DisposeAsync();
    }

    /// <summary>
    /// Moves to the generation in force when this one was replaced long enough ago, or at once. Only between transactions: a transaction never changes generation.
    /// </summary>
    internal async ValueTask MoveAsync(bool atOnce)
    {
        if (Transaction is not null || _services.Current.IsCurrent(Generation)) return;
        var age = _lease.ReplacedAt is { } replaced ? _services.Time.GetElapsedTime(replaced) : TimeSpan.Zero;
        if (!atOnce && age < Generation.MaxAge) return;
        var next = _services.Current.Lease();
        if (!next.Value.Listeners.TryGetValue(Listener.Name, out var listener))
        {
            await next.DisposeAsync(); // the listener is gone, its sessions end as they began
            return;
        }
        await LeaveMiltersAsync();
        Trace?.Close();
        var (oldPolicy, oldLease) = (Policy, _lease);
        _lease = next;
        Listener = listener;
        Policy = next.Value.Policies.Start(listener.PolicySet, oldPolicy.Vars);
        Policy.Trace = Trace;
        await ChooseMiltersAsync(CancellationToken.None);
        RenewParser();
        await oldPolicy.DisposeAsync();
        await oldLease.DisposeAsync();
    }

    private SmtpCommandParser MakeParser() => new(Service.Syntax with
    {
        IsLmtp = IsLmtp,
        AllowDsn = Service.Syntax.AllowDsn && !Discards("DSN"),
        AllowRequireTls = OffersRequireTls,
    });

    public async ValueTask DisposeAsync()
    {
        try
        {
            await EndTransactionAsync();
            Trace?.Close();
            await LeaveMiltersAsync();
            await Policy.DisposeAsync();
        }
        finally
        {
            Limits?.Leave();
            await _lease.DisposeAsync();
        }
    }
}
