using PolicyMTA.Sdk;

[assembly: Plugin<Twice.TwicePlugin>]

namespace Twice;

public sealed class TwicePlugin : IPlugin
{
    public void Register(IPluginRegistry registry)
    {
        registry.AddRestriction("twice", (_, _) => Restriction.Of<ClientContext>(_ => Verdict.Dunno));
        registry.AddRestriction("twice", (_, _) => Restriction.Of<ClientContext>(_ => Verdict.Permit));
    }
}
