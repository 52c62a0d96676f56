using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;
using PolicyMTA.Addressing;
using PolicyMTA.Delivery.Routing;
using PolicyMTA.Leases;
using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Verification;

/// <summary>
/// Sends probes: messages without content that go through aliases, routing and a transport, and are neither queued, delivered nor bounced. Each leaves the log line of
/// an attempt, with <c>status=deliverable</c> or <c>undeliverable</c>. Thread-safe.
/// </summary>
internal sealed partial class Prober(Current<DeliveryGeneration> current, Deliverer deliverer, Func<QueueId> nextId, TimeProvider time, ILoggerFactory loggers) : IDisposable
{
    // As many as a destination gets at first from Postfix's queue manager; those that wait get their answer with a later query.
    private const int PerDestination = 5;
    private const int WaitingPerDestination = 100;
    private const int Total = 50;

    private static readonly EnhancedStatus Ok = new(2, 0, 0);
    private static readonly EnhancedStatus Trouble = new(4, 3, 0);

    private readonly ProbeGate _gate = new(Total, PerDestination, WaitingPerDestination);

    /// <summary>What came of it; null when the destination has too many probes already.</summary>
    public async ValueTask<AddressVerification?> ProbeAsync(Address address, CancellationToken cancellationToken)
    {
        await using var lease = current.Lease();
        var settings = lease.Value.Settings;
        var generation = lease.Value with { Settings = settings.Verification.Reroute(settings) };
        var (id, begun) = (nextId(), time.GetTimestamp());
        var recipient = new QueuedRecipient { Number = 0, Address = address };
        var (transport, outcome) = ("verify", (RecipientOutcome?)null);
        try
        {
            (recipient, outcome) = await ExpandAsync(recipient, generation, cancellationToken);
            if (outcome is null)
            {
                var message = Message(id, recipient, settings.Verification);
                var route = await Router.FindAsync(generation, message.Sender, recipient, cancellationToken);
                using var place = await _gate.EnterAsync(route.ToString(), cancellationToken);
                if (place is null) return null;
                transport = route.Transport;
                outcome = await deliverer.ProbeAsync(new DeliveryRequest(message, [recipient], route.NextHop), transport, generation, cancellationToken);
            }
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
        {
            Log.Failed(loggers.CreateLogger("verify"), failure, address.ToString());
            outcome = Outcome(DeliveryAction.Deferred, Trouble, failure is TemporaryFailureException ? "temporary lookup failure" : "temporary delivery failure");
        }
        Record(id, recipient, outcome, transport, time.GetElapsedTime(begun), settings.Verification.NegativeCache);
        return new AddressVerification(StandingOf(outcome), outcome.Text);
    }

    public void Dispose() => _gate.Dispose();

    // cleanup(8): what stands for several addresses takes mail, whatever becomes of it at each.
    private static async ValueTask<(QueuedRecipient, RecipientOutcome?)> ExpandAsync(QueuedRecipient recipient, DeliveryGeneration generation, CancellationToken cancellationToken) =>
        await generation.Addresses.ExpandAsync(recipient.Address, cancellationToken) switch
        {
            AliasExpansion.Expanded { Addresses: [var only] } => (only == recipient.Address ? recipient : recipient with { Address = only, Original = recipient.Address }, null),
            AliasExpansion.Expanded => (recipient, Outcome(DeliveryAction.Delivered, Ok, "aliased to multiple recipients")),
            _ => (recipient, Outcome(DeliveryAction.Deferred, new EnhancedStatus(4, 6, 0), "alias expansion error")),
        };

    private QueuedMessage Message(QueueId id, QueuedRecipient recipient, VerificationSettings settings)
    {
        var now = time.GetUtcNow();
        var sender = settings.Sender.At(now);
        return new QueuedMessage
        {
            Id = id,
            Arrived = now,
            Sender = sender,
            Mail = new MailParameters { SmtpUtf8 = !Ascii.IsValid(recipient.Address.ToString()) || !Ascii.IsValid(sender.ToString()) },
            Origin = new MessageOrigin { Kind = OriginKind.Report },
            Content = EmptyContent.Instance,
        };
    }

    private void Record(QueueId id, QueuedRecipient recipient, RecipientOutcome outcome, string transport, TimeSpan took, bool negativeCache)
    {
        var status = outcome.Action == DeliveryAction.Delivered ? "deliverable" : negativeCache ? "undeliverable" : "undeliverable-but-not-cached";
        var delay = took.TotalSeconds.ToString(took.TotalSeconds < 1 ? "0.##" : took.TotalSeconds < 10 ? "0.#" : "0", CultureInfo.InvariantCulture);
        var logger = loggers.CreateLogger(transport);
        var (address, dsn) = (recipient.Address.ToString(), outcome.Status.ToString());
        if (recipient.Original is { } original) Log.ProbedAlias(logger, id, address, original.ToString(), outcome.Relay, delay, $"0/0/0/{delay}", dsn, status, outcome.Text);
        else Log.Probed(logger, id, address, outcome.Relay, delay, $"0/0/0/{delay}", dsn, status, outcome.Text);
    }

    private static AddressStanding StandingOf(RecipientOutcome outcome) => outcome.Action switch
    {
        DeliveryAction.Delivered => AddressStanding.Deliverable,
        DeliveryAction.Failed => AddressStanding.Undeliverable,
        _ => AddressStanding.Deferred,
    };

    private static RecipientOutcome Outcome(DeliveryAction action, EnhancedStatus status, string text) => new() { Recipient = 0, Action = action, Status = status, Text = text };

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "{QueueId}: to=<{Recipient}>, relay={Relay}, delay={Delay}, delays={Delays}, dsn={Dsn}, status={Status} ({Text})")]
        internal static partial void Probed(ILogger logger, QueueId queueId, string recipient, string relay, string delay, string delays, string dsn, string status, string text);

        [LoggerMessage(Level = LogLevel.Information, Message = "{QueueId}: to=<{Recipient}>, orig_to=<{Original}>, relay={Relay}, delay={Delay}, delays={Delays}, dsn={Dsn}, status={Status} ({Text})")]
        internal static partial void ProbedAlias(ILogger logger, QueueId queueId, string recipient, string original, string relay, string delay, string delays, string dsn, string status, string text);

        [LoggerMessage(Level = LogLevel.Warning, Message = "the probe of <{Address}> failed")]
        internal static partial void Failed(ILogger logger, Exception failure, string address);
    }
}
