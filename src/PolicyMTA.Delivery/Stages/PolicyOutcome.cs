using PolicyMTA.Policy;
using PolicyMTA.Queue;
using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Stages;

/// <summary>What a decision of a delivery stage means for a recipient.</summary>
internal static class PolicyOutcome
{
    private static readonly EnhancedStatus Done = new(2, 0, 0), Waits = new(4, 7, 0);

    /// <summary>What becomes of a recipient without an attempt; null: it is tried.</summary>
    public static RecipientOutcome? Instead(StageDecision decision, int recipient)
    {
        if (decision.Refusal is { } refusal) return Of(recipient, refusal.Code < 500 ? DeliveryAction.Deferred : DeliveryAction.Failed, refusal.Status, refusal.Text) with { RetryAfter = refusal.RetryAfter };
        if (decision.Actions.OfType<Verdict.Discard>().FirstOrDefault() is { } discard) return Of(recipient, DeliveryAction.Delivered, Done, $"discarded by policy{Because(discard.Reason)}");
        return decision.Actions.OfType<Verdict.Hold>().LastOrDefault() is { } hold ? Of(recipient, DeliveryAction.Deferred, Waits, hold.Reason) with { Hold = hold } : null;
    }

    /// <summary>The message is younger than the policy wants it to be when it is first tried.</summary>
    public static RecipientOutcome NotYet(int recipient, TimeSpan wait) => Of(recipient, DeliveryAction.Deferred, Waits, "delivery is not due yet") with { RetryAfter = wait };

    /// <summary>What an attempt came to, in the light of the result stage. What is delivered stays delivered.</summary>
    public static RecipientOutcome Judge(RecipientOutcome outcome, StageDecision decision, QueuedRecipient recipient, Route route)
    {
        if (outcome.Action == DeliveryAction.Delivered) return outcome;
        if (decision.Refusal is { Code: >= 500 } bounce) return outcome with { Action = DeliveryAction.Failed, Status = bounce.Status, Text = $"{bounce.Text}; {outcome.Text}", RemoteReply = null };
        var waiting = outcome with { Action = DeliveryAction.Deferred, Status = outcome.Status with { Class = 4 } };
        if (decision.Refusal is { } retry) return waiting with { RetryAfter = retry.RetryAfter };
        foreach (var action in decision.Actions.Reverse())
        {
            switch (action)
            {
                case Verdict.Deliver deliver: return outcome with { Action = DeliveryAction.Delivered, Status = Done, Text = $"counts as delivered by policy{Because(deliver.Reason)}; {outcome.Text}", RemoteReply = null };
                case Verdict.Hold hold: return waiting with { Hold = hold };
                case Verdict.Route way: return Reroute(waiting, $"{way.Transport}:{way.NextHop}", recipient, route);
            }
        }
        return outcome;
    }

    // Another way is tried at once the first time; a policy that sends it to and fro waits as the queue does.
    private static RecipientOutcome Reroute(RecipientOutcome waiting, string way, QueuedRecipient recipient, Route route) =>
        way == route.ToString() || way == recipient.RouteOverride ? waiting : waiting with { Reroute = way, RetryAfter = recipient.RouteOverride is null ? TimeSpan.Zero : null };

    private static string Because(string? reason) => string.IsNullOrEmpty(reason) ? "" : ": " + reason;

    private static RecipientOutcome Of(int recipient, DeliveryAction action, EnhancedStatus status, string text) => new() { Recipient = recipient, Action = action, Status = status, Text = text };
}
