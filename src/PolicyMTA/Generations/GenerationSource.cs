using PolicyMTA.Configuration;
using PolicyMTA.PluginHost;

namespace PolicyMTA.Generations;

/// <summary>What a generation is made from.</summary>
/// <param name="Configuration">The configuration; its policies are read from the folder it names.</param>
/// <param name="Plugins">The plugins of an earlier generation; null: those of the plugin folders.</param>
internal sealed record GenerationSource(MailConfiguration Configuration, PluginScan? Plugins = null);
