using PolicyMTA.Restrictions.Etrn;
using PolicyMTA.Sdk;

[assembly: Plugin<EtrnRestrictions>]

namespace PolicyMTA.Restrictions.Etrn;

/// <summary>The restrictions that look at the domain ETRN asks for.</summary>
public sealed class EtrnRestrictions : IPlugin
{
    public void Register(IPluginRegistry registry)
    {
        AccessTable.Declare(registry);
        registry.AddRestriction("check_etrn_access", CheckEtrnAccess, AccessTable.Parameters);
    }

    private static IRestriction<EtrnContext> CheckEtrnAccess(RestrictionArguments arguments, IPluginServices services)
    {
        var table = new AccessTable(arguments, services, RefusedItem.Etrn);
        return Restriction.Of<EtrnContext>(async (context, cancellationToken) =>
            await table.FindAsync(AccessKeys.OfHost(context.Domain, table.ParentsMatch), cancellationToken) ?? Verdict.Dunno);
    }
}
