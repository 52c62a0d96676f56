using PolicyMTA.Configuration;
using PolicyMTA.PluginHost;
using PolicyMTA.Sdk;

namespace PolicyMTA.Generations;

/// <summary>Brings plugins into a generation: loads what is new, shares what the generation in force has, reads their options.</summary>
internal sealed class PluginParts(PluginLoader loader, PluginLedger ledger, GenerationScope scope, BuildReport report)
{
    /// <summary>Loads plugins. False when one of them is wrong: what they declare is then incomplete.</summary>
    public bool Load(PluginScan scan)
    {
        report.Add(scan.Errors);
        var assemblies = scan.Plugins.Select(LoadOne).OfType<GenerationPart<LoadedPlugin>>().ToList();
        report.Add(PluginClashes.Find([.. assemblies.Select(a => a.Value)]));
        var isComplete = scan.Errors.Count == 0 && assemblies.Count == scan.Plugins.Count && !report.HasErrors;
        var parts = assemblies.Select(WithOptions).OfType<GenerationPart<LoadedGenerationPlugin>>().ToList();
        scope.Plugins = new GenerationPlugins(scan.Plugins, parts);
        RefuseUnknownSections(assemblies);
        return isComplete && parts.Count == assemblies.Count;
    }

    /// <summary>Adds the parameters that plugins declare, and refuses those that nobody does.</summary>
    public void DeclareSettings()
    {
        var settings = from part in scope.Plugins.Parts
                       from setting in part.Value.Declarations.Settings
                       group (part, setting) by setting.Key into owners
                       let first = owners.First()
                       select new KeyDefinition(owners.Key, KindOf(first.setting.Value), first.setting.Value, "") { Plugin = first.part.Name };
        scope.Parameters = scope.Parameters.Declare(settings);
        var file = scope.Configuration.File;
        report.Add(ParameterChecks.FindUnknown(scope.Parameters, file));
        report.Add(ParameterChecks.FindMistakes(scope.Parameters, file));
    }

    // A plugin declares text; its default tells what it will read it as.
    private static KeyKind KindOf(string value) =>
        value is "yes" or "no" ? KeyKind.Boolean : value.Length > 0 && value.All(char.IsAsciiDigit) ? KeyKind.Number : KeyKind.Text;

    private GenerationPart<LoadedPlugin>? LoadOne(StagedPlugin staged)
    {
        try
        {
            if (scope.FindEarlier<LoadedPlugin>("plugin", staged.Name) is { } earlier && earlier.Hash == staged.Hash) return scope.Parts.Keep(earlier);
            var loaded = loader.Load(staged);
            ledger.Add(loaded);
            return scope.Parts.Add("plugin", staged.Name, staged.Hash, loaded, p => p.DisposeAsync());
        }
        catch (ConfigurationException error)
        {
            report.Add(staged.SourcePath, WithoutPath(error.Message, staged.SourcePath));
            return null;
        }
    }

    private GenerationPart<LoadedGenerationPlugin>? WithOptions(GenerationPart<LoadedPlugin> assembly)
    {
        var section = scope.Configuration.Plugins.GetValueOrDefault(assembly.Name);
        var hash = ContentHash.OfTexts(assembly.Hash, section?.Options.ToJsonString() ?? "");
        if (scope.FindEarlier<LoadedGenerationPlugin>("options", assembly.Name) is { } earlier && earlier.Hash == hash) return scope.Parts.Keep(earlier);
        if (ReadOptions(assembly, section) is not { } options) return null;
        var plugin = new LoadedGenerationPlugin((GenerationPart<LoadedPlugin>)assembly.Share(), options.Value, hash);
        return scope.Parts.Add("options", assembly.Name, hash, plugin, p => p.DisposeAsync());
    }

    private StrongOptions? ReadOptions(GenerationPart<LoadedPlugin> assembly, PluginSection? section)
    {
        if (assembly.Value.Declarations.Options is not { } declaration)
        {
            if (section is not null) report.Add(section.Position, $"the plugin {assembly.Name} has no options");
            return section is null ? new StrongOptions(null) : null;
        }
        var (options, errors) = declaration.Read(section?.Options);
        foreach (var error in errors) report.Add(section?.Position ?? default, $"[plugins.\"{assembly.Name}\"]: {error}");
        return errors.Count == 0 ? new StrongOptions(options) : null;
    }

    private void RefuseUnknownSections(List<GenerationPart<LoadedPlugin>> assemblies)
    {
        foreach (var (name, section) in scope.Configuration.Plugins)
        {
            if (assemblies.Any(a => a.Name == name)) continue;
            report.Add(section.Position, $"there is no plugin '{name}'{Spelling.Suggest(name, assemblies.Select(a => a.Name))}");
        }
    }

    private static string WithoutPath(string message, string path) => message.StartsWith(path + ": ", StringComparison.Ordinal) ? message[(path.Length + 2)..] : message;

    private sealed record StrongOptions(object? Value);
}
