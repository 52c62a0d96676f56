using PolicyMTA.Configuration;
using PolicyMTA.Sdk;

namespace PolicyMTA.Generations;

/// <summary>Brings the milters that are listed into a generation, each once.</summary>
internal static class MilterParts
{
    /// <summary>The milters by what lists call them. Before a colon stands the name a plugin gave; what follows is the plugin's.</summary>
    public static Dictionary<string, IMilter> Obtain(GenerationScope scope, BuildReport report)
    {
        var milters = new Dictionary<string, IMilter>(StringComparer.Ordinal);
        foreach (var listener in scope.Configuration.Listeners) Make(listener.Parameters, "smtpd_milters");
        Make(scope.Parameters, "non_smtpd_milters");
        Make(scope.Parameters, "smtpd_milter_choices");
        return milters;

        void Make(Parameters parameters, string list)
        {
            foreach (var text in parameters.List(list))
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
