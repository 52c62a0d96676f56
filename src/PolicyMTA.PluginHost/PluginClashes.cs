namespace PolicyMTA.PluginHost;

/// <summary>Finds what two plugins declare under one name.</summary>
public static class PluginClashes
{
    public static IReadOnlyList<PluginError> Find(IReadOnlyCollection<LoadedPlugin> plugins)
    {
        ArgumentNullException.ThrowIfNull(plugins);
        return
        [
            .. Among(plugins, "restriction", d => d.Restrictions.Keys),
            .. Among(plugins, "lookup table", d => d.Tables.Keys),
            .. Among(plugins, "authenticator", d => d.Authenticators.Keys),
            .. Among(plugins, "milter", d => d.Milters.Keys),
            .. Among(plugins, "transport", d => d.Transports.Keys),
            .. Among(plugins, "connection service", d => d.ConnectionServices.Keys),
            .. Among(plugins, "command", d => d.Commands.Keys),
            .. Among(plugins, "queue store", d => d.QueueStores.Keys),
            .. Among(plugins, "counter store", d => d.CounterStores.Keys),
            .. AmongSettings(plugins),
        ];
    }

    private static IEnumerable<PluginError> Among(IEnumerable<LoadedPlugin> plugins, string kind, Func<PluginDeclarations, IEnumerable<string>> names) =>
        from plugin in plugins
        from name in names(plugin.Declarations)
        group plugin by name into owners
        where owners.Count() > 1
        select new PluginError(owners.Last().Source.SourcePath, $"the {kind} '{owners.Key}' is declared by {And(owners)}");

    // Several restrictions read the same parameter (non_fqdn_reject_code): they only have to agree about its default.
    private static IEnumerable<PluginError> AmongSettings(IEnumerable<LoadedPlugin> plugins) =>
        from plugin in plugins
        from setting in plugin.Declarations.Settings
        group (plugin, setting.Value) by setting.Key into owners
        where owners.Select(o => o.Value).Distinct().Count() > 1
        select new PluginError(owners.Last().plugin.Source.SourcePath, $"the setting '{owners.Key}' has different defaults in {And(owners.Select(o => o.plugin))}");

    private static string And(IEnumerable<LoadedPlugin> plugins) => string.Join(" and ", plugins.Select(p => $"{p.Name} ({p.Source.SourcePath})"));
}
