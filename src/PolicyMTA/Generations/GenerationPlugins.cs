using PolicyMTA.Configuration;
using PolicyMTA.PluginHost;
using PolicyMTA.Sdk;

namespace PolicyMTA.Generations;

/// <summary>The plugins of a generation.</summary>
internal sealed class GenerationPlugins(IReadOnlyList<StagedPlugin> staged, IReadOnlyList<GenerationPart<LoadedGenerationPlugin>> parts)
{
    /// <summary>Where they came from.</summary>
    public IReadOnlyList<StagedPlugin> Staged => staged;

    /// <summary>The plugins.</summary>
    public IReadOnlyList<GenerationPart<LoadedGenerationPlugin>> Parts => parts;

    /// <summary>Finds the plugin that declares something; null when none does.</summary>
    public GenerationPart<LoadedGenerationPlugin>? FindOwner<T>(Func<PluginDeclarations, IReadOnlyDictionary<string, T>> kind, string name) =>
        parts.FirstOrDefault(p => kind(p.Value.Declarations).ContainsKey(name));

    /// <summary>Every name of a kind, for suggestions.</summary>
    public IEnumerable<string> Names<T>(Func<PluginDeclarations, IReadOnlyDictionary<string, T>> kind) => parts.SelectMany(p => kind(p.Value.Declarations).Keys);

    /// <summary>Finds who declares something and how it is made.</summary>
    /// <exception cref="ConfigurationException">Nobody does.</exception>
    public (GenerationPart<LoadedGenerationPlugin> Plugin, T Factory) Get<T>(Func<PluginDeclarations, IReadOnlyDictionary<string, T>> kind, string what, string name)
    {
        var owner = FindOwner(kind, name) ?? throw new ConfigurationException($"there is no {what} '{name}'{Spelling.Suggest(name, Names(kind))}");
        return (owner, kind(owner.Value.Declarations)[name]);
    }
}
