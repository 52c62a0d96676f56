using PolicyMTA.Policy.Lists;
using PolicyMTA.Sdk;

namespace PolicyMTA.Policy.Loading;

/// <summary>What the configuration adds to lists: the implied checks of unlisted addresses, and a relay list where nobody wrote one.</summary>
internal sealed class ImpliedRules
{
    private readonly Rule? _sender;
    private readonly Rule? _recipient;
    private readonly Rule _relay;

    public ImpliedRules(PolicyLoadOptions options, ListReader lists, ErrorList errors)
    {
        _sender = options.RejectUnlistedSender ? Make("reject_unlisted_sender", "smtpd_reject_unlisted_sender", Stage.Sender) : null;
        _recipient = options.RejectUnlistedRecipient ? Make("reject_unlisted_recipient", "smtpd_reject_unlisted_recipient", Stage.Recipient) : null;
        _relay = options.Restrictions.ContainsKey("reject_unauth_destination")
            ? lists.MakeBuiltIn("reject_unauth_destination", Stage.Relay) ?? new UnauthDestination()
            : new UnauthDestination();

        Rule? Make(string restriction, string setting, Stage stage)
        {
            if (options.Restrictions.ContainsKey(restriction)) return lists.MakeBuiltIn(restriction, stage);
            errors.Add("", $"{setting} needs the restriction {restriction}, which no plugin offers");
            return null;
        }
    }

    public StageList Complete(StageList list) => list.Stage switch
    {
        Stage.Sender => list with { Implied = _sender },
        Stage.Recipient => list with { Implied = _recipient },
        Stage.Relay when list.Rules.Count == 0 => list with { Rules = [_relay] },
        _ => list,
    };
}
