using Microsoft.Extensions.Logging;
using PolicyMTA.Delivery.Fixed;
using PolicyMTA.Delivery.Mailboxes;
using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Local;

/// <summary>Passes a recipient to another transport, as <c>mailbox_transport</c> asks.</summary>
internal delegate ValueTask<RecipientOutcome> PassOn(QueuedMessage message, QueuedRecipient recipient, string route, CancellationToken cancellationToken);

/// <summary>
/// Transport <c>local</c>: aliases, <c>.forward</c> and mailboxes of this machine's users (local(8)). A recipient that comes to one thing that is done here is delivered at
/// once; otherwise messages go on in its place, so that each destination has its own retries.
/// </summary>
internal sealed class LocalTransport(UserAccounts accounts, FileThreads threads, NewMail mail, TimeProvider time, ILogger logger)
{
    /// <summary>The transport's name.</summary>
    public const string Name = "local";

    private static readonly EnhancedStatus Delivered = new(2, 0, 0), NoRoom = new(4, 3, 1);

    private readonly LocalSite _site = new(accounts, new DestinationFiles(threads, logger), logger);
    private readonly LocalDelivery _delivery = new(new LocalSite(accounts, new DestinationFiles(threads, logger), logger), time);

    public async ValueTask<IReadOnlyList<RecipientOutcome>> DeliverAsync(DeliveryRequest request, DeliveryGeneration generation, PassOn pass, CancellationToken cancellationToken)
    {
        var outcomes = new List<RecipientOutcome>(request.Recipients.Count);
        foreach (var recipient in request.Recipients) outcomes.Add(await DeliverOneAsync(request.Message, recipient, generation, pass, cancellationToken));
        return outcomes;
    }

    /// <summary>What would become of a recipient.</summary>
    public async ValueTask<RecipientOutcome> ProbeAsync(DeliveryRequest request, DeliveryGeneration generation, CancellationToken cancellationToken)
    {
        var recipient = request.Recipients[0];
        try
        {
            var expansion = new LocalExpansion(_site, generation, request.Message, await TraceFields.ReadAsync(request.Message.Content, cancellationToken), isProbe: true, cancellationToken);
            var found = await expansion.ExpandAsync(recipient);
            if (expansion.Probed is var (status, text)) return Outcome(recipient, status, text);
            if (found is [{ IsFailure: true } failure]) return await FailAsync(request.Message, recipient, failure.Route!, generation, cancellationToken);
            if (found is [{ Route: { } route }]) return Outcome(recipient, Delivered, LocalDestination.TryRead(route, out var here) ? LocalDelivery.Foretell(here, generation.Settings.Local) : $"delivers to {route.TrimEnd(':')}");
            return Outcome(recipient, Delivered, "forwarded");
        }
        catch (ExpansionDeferredException deferred)
        {
            return Outcome(recipient, deferred.Status, deferred.Message);
        }
    }

    /// <summary>An outcome of this transport.</summary>
    internal static RecipientOutcome Outcome(QueuedRecipient recipient, EnhancedStatus status, string text) => RecipientOutcomes.Of(recipient, Name, status, text) with { IsFinal = true };

    private async ValueTask<RecipientOutcome> DeliverOneAsync(QueuedMessage message, QueuedRecipient recipient, DeliveryGeneration generation, PassOn pass, CancellationToken cancellationToken)
    {
        // What an expansion left here: nothing of it is looked up again.
        if (LocalDestination.TryRead(recipient.RouteOverride, out var known)) return await _delivery.DeliverAsync(message, recipient, known, generation, cancellationToken);
        try
        {
            var trace = await TraceFields.ReadAsync(message.Content, cancellationToken);
            var found = await new LocalExpansion(_site, generation, message, trace, isProbe: false, cancellationToken).ExpandAsync(recipient);
            if (found is [{ Route: { } route } only] && only.Scope is { IsList: false }) return await DeliverHereAsync(message, recipient, only, route, generation, pass, cancellationToken);
            return await SendOnAsync(message, recipient, found, generation, cancellationToken);
        }
        catch (ExpansionDeferredException deferred)
        {
            return Outcome(recipient, deferred.Status, deferred.Message);
        }
    }

    private async ValueTask<RecipientOutcome> DeliverHereAsync(QueuedMessage message, QueuedRecipient recipient, ExpandedRecipient only, string route, DeliveryGeneration generation, PassOn pass, CancellationToken cancellationToken)
    {
        if (only.IsFailure) return await FailAsync(message, recipient, route, generation, cancellationToken);
        // Whom a command serves is the one who was come to; whom the fields name is the one who was written to.
        var reached = recipient with { Address = only.Address, Original = recipient.Original ?? recipient.Address };
        var outcome = LocalDestination.TryRead(route, out var here)
            ? await _delivery.DeliverAsync(message, reached, here with { Delivered = recipient.Address.ToString() }, generation, cancellationToken)
            : await pass(message, reached, route, cancellationToken);
        return only.Scope.Kind.Length > 0 && outcome.Action == DeliveryAction.Delivered ? outcome with { IsExpanded = true } : outcome;
    }

    private async ValueTask<RecipientOutcome> SendOnAsync(QueuedMessage message, QueuedRecipient recipient, IReadOnlyList<ExpandedRecipient> found, DeliveryGeneration generation, CancellationToken cancellationToken)
    {
        if (found.Count == 0) return Outcome(recipient, Delivered, "expanded to no recipients") with { IsExpanded = true };
        try
        {
            var successors = await new Successors(mail, time, generation, message, recipient).MakeAsync(found, cancellationToken);
            // RFC 3461 §5.2.7: a list is where the message arrives, an alias only where it is passed through.
            var isList = found.All(one => one.Scope.IsList);
            return Outcome(recipient, Delivered, "forwarded as " + string.Join(", ", successors.Select(one => one.Id))) with { Successors = successors, IsExpanded = !isList, IsFinal = isList };
        }
        catch (InsufficientStorageException)
        {
            return Outcome(recipient, NoRoom, "cannot forward: insufficient system storage");
        }
    }

    private static async ValueTask<RecipientOutcome> FailAsync(QueuedMessage message, QueuedRecipient recipient, string route, DeliveryGeneration generation, CancellationToken cancellationToken)
    {
        var request = new DeliveryRequest(message, [recipient], route[(route.IndexOf(':', StringComparison.Ordinal) + 1)..]);
        return (await FixedOutcomeTransport.Error.DeliverAsync(request, generation.Settings, cancellationToken))[0] with { Relay = Name };
    }
}
