namespace PolicyMTA.PluginHost;

/// <summary>What a search found: plugins ready to load, and everything that is wrong with the others.</summary>
public sealed record PluginScan(IReadOnlyList<StagedPlugin> Plugins, IReadOnlyList<PluginError> Errors);
