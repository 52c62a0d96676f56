using Microsoft.Extensions.Logging;
using PolicyMTA.Delivery.Client;
using PolicyMTA.Delivery.Commands;
using PolicyMTA.Delivery.Fixed;
using PolicyMTA.Delivery.Local;
using PolicyMTA.Delivery.Mailboxes;
using PolicyMTA.Delivery.Reports;
using PolicyMTA.Delivery.Routing;
using PolicyMTA.Delivery.Stages;
using PolicyMTA.Leases;
using PolicyMTA.Queue;
using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery;

/// <summary>Routes, delivers and reports for the queue. Lives as long as the process: connections are kept across generations.</summary>
public sealed class Deliverer : IDeliverer, IAsyncDisposable
{
    // Mailboxes on several disks keep several threads busy; more only queue up in the kernel.
    private const int MailboxThreads = 4;
    // Apart from them: users' directories and the locks of users' mailboxes may take long.
    private const int LocalThreads = 4;
    private static readonly EnhancedStatus NoSuchTransport = new(4, 3, 5);

    private readonly Current<DeliveryGeneration> _current;
    private readonly ConnectionPool _connections;
    private readonly FileThreads _fileThreads = new(MailboxThreads);
    private readonly ReportComposer _reports;
    private readonly Dictionary<string, IBuiltInTransport> _builtIn;
    private readonly PipeTransport _pipe;
    private readonly FileThreads _localThreads = new(LocalThreads);
    private readonly LocalTransport _local;
    private readonly DeliveryStages _stages;

    /// <summary>Nothing is opened before the first delivery. <paramref name="mail"/> makes reports and what is forwarded.</summary>
    public Deliverer(Current<DeliveryGeneration> current, IDnsResolver dns, NewMail mail, TimeProvider time, ILoggerFactory loggers)
    {
        ArgumentNullException.ThrowIfNull(loggers);
        ArgumentNullException.ThrowIfNull(mail);
        _current = current;
        _connections = new ConnectionPool(time);
        _stages = new DeliveryStages(time, loggers.CreateLogger("policy"));
        _reports = new ReportComposer(mail.CreateContent, time);
        var hosts = new HostFinder(dns, Random.Shared);
        var smtp = new ClientTransport(Dialect.Smtp, hosts, _connections, time, loggers.CreateLogger("smtp"));
        var maildir = new MaildirTransport(_fileThreads, time, loggers.CreateLogger("virtual"));
        _pipe = new PipeTransport(time, loggers.CreateLogger("pipe"));
        _local = new LocalTransport(UserAccounts.OfSystem, _localThreads, mail, time, loggers.CreateLogger("local"));
        _builtIn = new Dictionary<string, IBuiltInTransport>(StringComparer.Ordinal)
        {
            ["smtp"] = smtp,
            ["relay"] = smtp,
            ["lmtp"] = new ClientTransport(Dialect.Lmtp, hosts, _connections, time, loggers.CreateLogger("lmtp")),
            ["maildir"] = maildir,
            ["virtual"] = maildir,
            ["error"] = FixedOutcomeTransport.Error,
            ["retry"] = FixedOutcomeTransport.Retry,
            ["discard"] = FixedOutcomeTransport.Discard,
        };
    }

    /// <summary>The names of the built-in transports: what a configuration may name besides those of plugins.</summary>
    public static IReadOnlyList<string> BuiltInTransports { get; } = ["smtp", "relay", "lmtp", "local", "maildir", "virtual", "error", "retry", "discard"];

    /// <inheritdoc/>
    public async ValueTask<RouteChoice> RouteAsync(QueuedMessage message, QueuedRecipient recipient, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(message);
        ArgumentNullException.ThrowIfNull(recipient);
        await using var lease = _current.Lease();
        var priority = await PriorityMap.FindAsync(lease.Value.Settings, message.Sender, cancellationToken);
        var configured = new RouteChoice(await Router.FindAsync(lease.Value, message.Sender, recipient, cancellationToken), priority);
        var choice = await _stages.RouteAsync(lease.Value, message, recipient, configured, cancellationToken);
        return message.Origin.Kind == OriginKind.Verification && choice.Instead is { } instead ? choice with { Instead = Answer(instead) } : choice;
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<RecipientOutcome>> DeliverAsync(QueuedMessage message, IReadOnlyList<QueuedRecipient> recipients, Route route, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(message);
        ArgumentNullException.ThrowIfNull(recipients);
        ArgumentNullException.ThrowIfNull(route);
        await using var lease = _current.Lease();
        var generation = lease.Value;
        if (message.Origin.Kind == OriginKind.Verification) return await Task.WhenAll(recipients.Select(recipient => AskAsync(message, recipient, route, generation, cancellationToken)));
        (route, var instead) = await _stages.BeforeAsync(generation, message, recipients, route, cancellationToken);
        var outcomes = instead ?? await TryAsync(message, recipients, route, generation, cancellationToken);
        return instead is null ? await AfterAsync(generation, message, recipients, route, outcomes) : outcomes;
    }

    // What happened must not be forgotten because the server stops now.
    private ValueTask<IReadOnlyList<RecipientOutcome>> AfterAsync(
        DeliveryGeneration generation, QueuedMessage message, IReadOnlyList<QueuedRecipient> recipients, Route route, IReadOnlyList<RecipientOutcome> outcomes) =>
        _stages.AfterAsync(generation, message, recipients, route, outcomes, CancellationToken.None);

    private async ValueTask<IReadOnlyList<RecipientOutcome>> TryAsync(QueuedMessage message, IReadOnlyList<QueuedRecipient> recipients, Route route, DeliveryGeneration generation, CancellationToken cancellationToken)
    {
        var request = new DeliveryRequest(WithWholeSender(message, generation), recipients, route.NextHop);
        if (generation.Transports.TryGetValue(route.Transport, out var plugin)) return await plugin.DeliverAsync(request, cancellationToken);
        if (FindBuiltIn(route.Transport, generation.Settings, out var own) is { } transport)
        {
            if (!ConnectionTerms.TryApply(route.Terms, own, out var settings)) return Unavailable(recipients, $"there is no pool '{route.Terms!.Pool}'");
            return await transport.DeliverAsync(request, settings, cancellationToken);
        }
        if (route.Transport == LocalTransport.Name) return await _local.DeliverAsync(request, generation, PassAsync, cancellationToken);
        if (generation.Settings.Pipes.TryGetValue(route.Transport, out var pipe)) return await _pipe.DeliverAsync(request, pipe, generation.Settings, route.Transport, cancellationToken);
        // A plugin was taken away: the mail waits for it.
        return Unavailable(recipients, $"mail transport unavailable: {route.Transport}");
    }

    // One of ours, and the settings it works with: the client of a section [transports.NAME] has its own.
    private IBuiltInTransport? FindBuiltIn(string name, DeliverySettings settings, out DeliverySettings own)
    {
        own = settings;
        if (!settings.Clients.TryGetValue(name, out var client)) return _builtIn.GetValueOrDefault(name);
        own = client.Protocol == Dialect.Lmtp.Name ? settings with { Lmtp = client.Settings } : settings with { Smtp = client.Settings };
        return _builtIn[client.Protocol];
    }

    private static IReadOnlyList<RecipientOutcome> Unavailable(IReadOnlyList<QueuedRecipient> recipients, string text) =>
        [.. recipients.Select(r => new RecipientOutcome { Recipient = r.Number, Action = DeliveryAction.Deferred, Status = NoSuchTransport, Text = text })];

    private async Task<RecipientOutcome> AskAsync(QueuedMessage message, QueuedRecipient recipient, Route route, DeliveryGeneration generation, CancellationToken cancellationToken)
    {
        var outcome = await ProbeAsync(new DeliveryRequest(WithWholeSender(message, generation), [recipient], route.NextHop), route.Transport, generation, cancellationToken);
        return Answer(outcome) with { Recipient = recipient.Number };
    }

    // sendmail -bv wants to know now: what can't be said is not asked again.
    private static RecipientOutcome Answer(RecipientOutcome outcome) => outcome with
    {
        Action = outcome.Action == DeliveryAction.Delivered ? DeliveryAction.Delivered : DeliveryAction.Failed, ReportsPassedOn = false, RetryAfter = null, Hold = null,
    };

    /// <summary>One probe: what would become of the mail, nothing being delivered. What a plugin's transport would do with it is not known before it does it.</summary>
    internal async ValueTask<RecipientOutcome> ProbeAsync(DeliveryRequest probe, string transport, DeliveryGeneration generation, CancellationToken cancellationToken)
    {
        if (generation.Transports.ContainsKey(transport)) return IBuiltInTransport.Taken(probe, $"delivers to {transport}")[0];
        if (FindBuiltIn(transport, generation.Settings, out var own) is { } found) return (await found.ProbeAsync(probe, own, cancellationToken))[0];
        if (transport == LocalTransport.Name) return await _local.ProbeAsync(probe, generation, cancellationToken);
        // As pipe(8): only a delivery shows what a command makes of it.
        if (generation.Settings.Pipes.TryGetValue(transport, out var pipe)) return IBuiltInTransport.Taken(probe, $"delivers to command: {pipe.Command[0]}")[0];
        return new RecipientOutcome { Recipient = 0, Action = DeliveryAction.Deferred, Status = NoSuchTransport, Text = $"mail transport unavailable: {transport}" };
    }

    // mailbox_transport and its like: the same attempt, by another way.
    private async ValueTask<RecipientOutcome> PassAsync(QueuedMessage message, QueuedRecipient recipient, string route, CancellationToken cancellationToken)
    {
        await using var lease = _current.Lease();
        var next = await Router.FindAsync(lease.Value, message.Sender, recipient with { RouteOverride = route }, cancellationToken);
        return (await TryAsync(message, [recipient with { RouteOverride = route }], next, lease.Value, cancellationToken))[0];
    }

    /// <inheritdoc/>
    public async ValueTask<NewMessage?> ReportAsync(ReportRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        await using var lease = _current.Lease();
        request = request with { Message = WithWholeSender(request.Message, lease.Value) };
        return await _reports.ComposeAsync(request, lease.Value, cancellationToken) is { } report ? await _stages.ReportAsync(lease.Value, request, report, cancellationToken) : null;
    }

    /// <summary>The notice of a session that went wrong, for <c>error_notice_recipient</c>.</summary>
    public async ValueTask<NewMessage> NoticeAsync(QueueId id, string client, IReadOnlyList<string> transcript, CancellationToken cancellationToken)
    {
        await using var lease = _current.Lease();
        return await _reports.ComposeNoticeAsync(id, client, transcript, lease.Value, cancellationToken);
    }

    // Rules see a bare sender as the client gave it (reject_non_fqdn_sender asks for that); what leaves has a domain, as after Postfix's cleanup.
    private static QueuedMessage WithWholeSender(QueuedMessage message, DeliveryGeneration generation)
    {
        var whole = generation.Addresses.Complete(message.Sender);
        return ReferenceEquals(whole, message.Sender) ? message : message with { Sender = whole };
    }

    /// <summary>Says QUIT on kept connections and ends them; waits for mailbox writes under way.</summary>
    public async ValueTask DisposeAsync()
    {
        await _connections.DisposeAsync();
        await _fileThreads.DisposeAsync();
        await _localThreads.DisposeAsync();
    }
}
