using PolicyMTA.Sdk;

namespace PolicyMTA.Policy.Lists;

/// <summary>What stands for a relay list that nobody wrote: <c>reject_unauth_destination</c>, without the plugin.</summary>
internal sealed class UnauthDestination() : Rule("reject_unauth_destination", Place.None)
{
    public override string Kind => "r.reject_unauth_destination";

    public override ValueTask<RuleAnswer> AskAsync(RuleScope scope, ClientContext context, CancellationToken cancellationToken) =>
        new(new RuleAnswer(((RecipientContext)context).PeekRecipient().Class == AddressClass.Default ? RelayCapability.Denied : Verdict.Dunno));
}
