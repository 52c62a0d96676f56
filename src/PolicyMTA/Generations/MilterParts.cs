using PolicyMTA.Configuration;
using PolicyMTA.Sdk;

namespace PolicyMTA.Generations;

/// <summary>Brings the milters that are listed into a generation, each once.</summary>
internal static class MilterParts
{
    /// <summary>What a list names, as far as it takes part here.</summary>
    public static IEnumerable<string> List(World world, Parameters parameters, string list) =>
        world.Rehearsal is { } rehearsal ? parameters.List(list).Where(text => rehearsal.Includes(MilterEntry.Parse(text).Name)) : parameters.List(list);

    /// <summary>The milters by what lists call them. Before a colon stands the name a plugin gave; what follows is the plugin's.</summary>
    public static Dictionary<string, IMilter> Obtain(GenerationScope scope, BuildReport report)
    {
        var milters = new Dictionary<string, IMilter>(StringComparer.Ordinal);
        foreach (var listener in scope.Configuration.Listeners) Make(listener.Parameters, "smtpd_milters");
        Make(scope.Parameters, "non_smtpd_milters");
        return milters;

        void Make(Parameters parameters, string list)
        {
            foreach (var text in List(scope.World, parameters, list))
            {
                report.Try(parameters.PositionOf(list), () =>
                {
                    var name = MilterEntry.Parse(text).Name;
                    if (milters.ContainsKey(name)) return;
                    var (plugin, create) = scope.Plugins.Get(declared => declared.Milters, "milter", name.Split(':')[0]);
                    milters[name] = scope.Obtain("milter", name, "", plugin, services => create(name, services)).Value.Value;
                });
            }
        }
    }
}
