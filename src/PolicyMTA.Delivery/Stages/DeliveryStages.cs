using System.Globalization;
using Microsoft.Extensions.Logging;
using PolicyMTA.Policy;
using PolicyMTA.Queue;
using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Stages;

/// <summary>Asks the rules of route, attempt, result and bounce. Where a stage has none it costs nothing.</summary>
internal sealed partial class DeliveryStages(TimeProvider time, ILogger logger)
{
    /// <summary>What route.js makes of the route that the configuration gives.</summary>
    public async ValueTask<RouteChoice> RouteAsync(DeliveryGeneration generation, QueuedMessage message, QueuedRecipient recipient, RouteChoice configured, CancellationToken cancellationToken)
    {
        if (generation.Policies is not { Routes: true } policy) return configured;
        var facts = await DeliveryFacts.RecipientAsync(recipient, generation, cancellationToken);
        var context = new RouteContext(DeliveryFacts.Session(message, generation.Settings), DeliveryFacts.Transaction(message), facts, recipient.Attempts + 1);
        var trace = DeliveryTrace.Of(message, generation);
        var decision = await policy.RouteAsync(context, trace?.Steps, cancellationToken);
        var choice = Choose(configured, decision, message, recipient);
        trace?.Pass("ROUTE", recipient.Address.ToString(), choice.Instead is { } instead ? Tell(instead) : choice.Route.ToString(), time);
        return choice;
    }

    /// <summary>What attempt.js says before recipients are tried: how to connect, or what becomes of them without that.</summary>
    public async ValueTask<(Route Route, IReadOnlyList<RecipientOutcome>? Instead)> BeforeAsync(
        DeliveryGeneration generation, QueuedMessage message, IReadOnlyList<QueuedRecipient> recipients, Route route, CancellationToken cancellationToken)
    {
        if (generation.Policies is not { Attempts: true } policy) return (route, null);
        var facts = new List<Recipient>(recipients.Count);
        foreach (var recipient in recipients) facts.Add(await DeliveryFacts.RecipientAsync(recipient, generation, cancellationToken));
        var context = new AttemptContext(
            DeliveryFacts.Session(message, generation.Settings), DeliveryFacts.Transaction(message), facts, new DeliveryDestination(route.Transport, route.NextHop), recipients.Max(r => r.Attempts) + 1);
        var trace = DeliveryTrace.Of(message, generation);
        var decision = await policy.AttemptAsync(context, trace?.Steps, cancellationToken);
        var instead = PolicyOutcome.Instead(decision, 0);
        trace?.Pass("ATTEMPT", route.ToString(), instead is null ? "goes on" : Tell(instead), time);
        return (route with { Terms = Merge(route.Terms, decision) }, instead is null ? null : [.. recipients.Select(r => instead with { Recipient = r.Number })]);
    }

    /// <summary>What result.js makes of outcomes.</summary>
    public async ValueTask<IReadOnlyList<RecipientOutcome>> AfterAsync(
        DeliveryGeneration generation, QueuedMessage message, IReadOnlyList<QueuedRecipient> recipients, Route route, IReadOnlyList<RecipientOutcome> outcomes, CancellationToken cancellationToken)
    {
        if (generation.Policies is not { Judges: true } policy) return outcomes;
        var session = DeliveryFacts.Session(message, generation.Settings);
        var judged = new List<RecipientOutcome>(outcomes.Count);
        foreach (var outcome in outcomes)
        {
            var recipient = recipients.FirstOrDefault(r => r.Number == outcome.Recipient);
            judged.Add(recipient is null ? outcome : await JudgeAsync(generation, policy, session, message, recipient, route, outcome, cancellationToken));
        }
        return judged;
    }

    /// <summary>The report, as bounce.js leaves it; null when it is not to be sent.</summary>
    public async ValueTask<NewMessage?> ReportAsync(DeliveryGeneration generation, ReportRequest request, NewMessage report, CancellationToken cancellationToken)
    {
        if (request.Reader != ReportReader.Sender || generation.Policies is not { Reports: true } policy) return report;
        var facts = new ReportFacts(request.Kind.ToString().ToLowerInvariant(), [.. request.Recipients.Select(r => r.Outcome)]);
        var recipients = request.Recipients.Select(r => DeliveryFacts.Recipient(r.Recipient, AddressClass.Default, generation.Settings));
        var context = new BounceContext(DeliveryFacts.Session(request.Message, generation.Settings), DeliveryFacts.Transaction(request.Message), [.. recipients], facts);
        var trace = DeliveryTrace.Of(request.Message, generation);
        var decision = await policy.BounceAsync(context, trace?.Steps, cancellationToken);
        var (kept, word) = decision.Actions.FirstOrDefault(action => action is Verdict.Discard or Verdict.Redirect) switch
        {
            Verdict.Discard discard => ((NewMessage?)null, $"suppressed {discard.Reason}".TrimEnd()),
            Verdict.Redirect redirect => (report with { Recipients = [.. report.Recipients.Take(1).Select(r => r with { Address = redirect.Recipient, Original = null })] }, $"redirected to {redirect.Recipient}"),
            _ => (report, "sent"),
        };
        trace?.Pass("BOUNCE", request.Message.Sender.ToString(), word, time);
        if (word != "sent") Log.Report(logger, request.Message.Id, facts.Kind, word);
        return kept;
    }

    private async ValueTask<RecipientOutcome> JudgeAsync(
        DeliveryGeneration generation, DeliveryPolicy policy, SessionFacts session, QueuedMessage message, QueuedRecipient recipient, Route route, RecipientOutcome outcome, CancellationToken cancellationToken)
    {
        var facts = DeliveryFacts.Recipient(recipient, AddressClass.Default, generation.Settings);
        var context = new ResultContext(session, DeliveryFacts.Transaction(message), facts, recipient.Attempts + 1, new DeliveryDestination(route.Transport, route.NextHop), outcome);
        var trace = DeliveryTrace.Of(message, generation);
        var decision = await policy.ResultAsync(context, trace?.Steps, cancellationToken);
        var judged = PolicyOutcome.Judge(outcome, decision, recipient, route);
        if (outcome.Action == DeliveryAction.Delivered && (decision.Refusal is not null || decision.Actions.Count > 0)) Log.TooLate(logger, message.Id, recipient.Address.ToString());
        trace?.Pass("RESULT", recipient.Address.ToString(), Tell(judged), time);
        return judged;
    }

    private RouteChoice Choose(RouteChoice configured, StageDecision decision, QueuedMessage message, QueuedRecipient recipient)
    {
        if (PolicyOutcome.Instead(decision, recipient.Number) is { } instead) return configured with { Instead = instead };
        var choice = configured;
        foreach (var route in decision.Actions.OfType<Verdict.Route>())
        {
            // What was explicitly redirected stays so: a route that a policy gave before, and one of result.js.
            if (recipient.RouteOverride is null && (route.Transport ?? route.NextHop) is not null) choice = choice with { Route = Replace(choice.Route, route, recipient) };
            choice = choice with { Priority = route.Priority ?? choice.Priority, Expire = route.Expire ?? choice.Expire };
            if (route.NotBefore is { } age && message.Arrived + age - time.GetUtcNow() is var wait && wait > TimeSpan.Zero) choice = choice with { Instead = PolicyOutcome.NotYet(recipient.Number, wait) };
        }
        return choice with { Route = choice.Route with { Terms = Merge(choice.Route.Terms, decision) } };
    }

    // A transport without a next hop goes to the recipient's domain, as in transport(5).
    private static Route Replace(Route configured, Verdict.Route route, QueuedRecipient recipient) => configured with
    {
        Transport = route.Transport ?? configured.Transport,
        NextHop = route.NextHop ?? (route.Transport is null ? configured.NextHop : recipient.Address.Domain.ToLowerInvariant()),
    };

    private static DeliveryTerms? Merge(DeliveryTerms? terms, StageDecision decision)
    {
        foreach (var route in decision.Actions.OfType<Verdict.Route>())
        {
            if (route is { Source: null, Pool: null, Tls: null }) continue;
            terms = new DeliveryTerms(route.Source ?? terms?.Source, route.Pool ?? terms?.Pool, route.Tls ?? terms?.Tls);
        }
        return terms;
    }

    private static string Tell(RecipientOutcome outcome) => string.Create(CultureInfo.InvariantCulture,
        $"{(outcome.Hold is { } hold ? "held " + hold.Name : outcome.Action.ToString().ToLowerInvariant())} {outcome.Status} {outcome.Text}{(outcome.Reroute is { } way ? $" (goes on by {way})" : "")}");

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "{QueueId}: {Kind} report {What}")]
        public static partial void Report(ILogger logger, QueueId queueId, string kind, string what);

        [LoggerMessage(Level = LogLevel.Warning, Message = "{QueueId}: to=<{Recipient}>: is delivered: what result.js says of it comes too late")]
        public static partial void TooLate(ILogger logger, QueueId queueId, string recipient);
    }
}
