using PolicyMTA.Restrictions.Data;
using PolicyMTA.Sdk;

[assembly: Plugin<DataRestrictions>]

namespace PolicyMTA.Restrictions.Data;

/// <summary>The restrictions that look at the whole envelope, so that they can stand in the data and end_of_data lists.</summary>
public sealed class DataRestrictions : IPlugin
{
    private const string Code = "multi_recipient_bounce_reject_code";

    public void Register(IPluginRegistry registry)
    {
        registry.AddSetting(Code, "550");
        registry.AddRestriction("reject_multi_recipient_bounce", RejectMultiRecipientBounce);
    }

    private static IRestriction<DataContext> RejectMultiRecipientBounce(RestrictionArguments arguments, IPluginServices services)
    {
        arguments.Allow(0);
        var refusal = Refusals.Of(ReplyCode.From(services.Settings, Code), "5.5.3", "Multi-recipient bounce");
        return Restriction.Of<DataContext>(context => context.Sender.IsNull && context.Recipients.Count > 1 ? refusal : Verdict.Dunno);
    }
}
