using PolicyMTA.Restrictions.Data;
using PolicyMTA.Sdk;

[assembly: Plugin<DataRestrictions>]

namespace PolicyMTA.Restrictions.Data;

/// <summary>The restrictions that look at the whole envelope: they belong into the data and end_of_data lists.</summary>
public sealed class DataRestrictions : IPlugin
{
    private const string Code = "multi_recipient_bounce_reject_code";

    public void Register(IPluginRegistry registry)
    {
        registry.AddSetting(Code, "550");
        registry.AddRestriction("reject_multi_recipient_bounce", RejectMultiRecipientBounce);
    }

    // At RCPT it knows only who was accepted before: as in Postfix, the third is refused.
    private static IRestriction<SenderContext> RejectMultiRecipientBounce(RestrictionArguments arguments, IPluginServices services)
    {
        arguments.Allow(0);
        var refusal = Refusals.Of(ReplyCode.From(services.Settings, Code), "5.5.3", "Multi-recipient bounce");
        return Restriction.Of<SenderContext>(context => context.Sender.IsNull && ((context as DataContext)?.Recipients.Count ?? context.Transaction.AcceptedRecipients) > 1 ? refusal : Verdict.Dunno);
    }
}
