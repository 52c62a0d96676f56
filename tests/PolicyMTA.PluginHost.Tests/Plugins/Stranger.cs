using PolicyMTA.Sdk;

[assembly: Plugin<Stranger.StrangerPlugin>]

namespace Stranger;

public sealed class OwnContext(SessionFacts session) : ClientContext(session);

public sealed class StrangerPlugin : IPlugin
{
    public void Register(IPluginRegistry registry) => registry.AddRestriction("stranger", (_, _) => Restriction.Of<OwnContext>(_ => Verdict.Dunno));
}
