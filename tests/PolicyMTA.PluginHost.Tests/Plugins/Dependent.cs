using PolicyMTA.Sdk;

[assembly: Plugin<Dependent.DependentPlugin>]

namespace Dependent;

public sealed class DependentPlugin : IPlugin
{
    public void Register(IPluginRegistry registry) => registry.AddRestriction("depend", (_, _) => Restriction.Of<ClientContext>(_ =>
        new Verdict.Log(Companion.Words.Greeting, IsWarning: false)));
}
