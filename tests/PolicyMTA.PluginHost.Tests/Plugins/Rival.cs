using PolicyMTA.Sdk;

[assembly: Plugin<Rival.RivalPlugin>]

namespace Rival;

public sealed class RivalPlugin : IPlugin
{
    public void Register(IPluginRegistry registry)
    {
        registry.AddSetting("greeting_code", "450");
        registry.AddRestriction("greet", (_, _) => Restriction.Of<ClientContext>(_ => Verdict.Dunno));
    }
}
