namespace PolicyMTA.Generations;

/// <summary>A plugin version whose assembly is in memory.</summary>
/// <param name="Name">The plugin's name.</param>
/// <param name="Path">Where it was found.</param>
/// <param name="Version">Its assembly's version.</param>
/// <param name="Hash">The hash of its files.</param>
/// <param name="Generations">The generations that hold it; empty when it was let go.</param>
/// <param name="Offers">What it declares, as <c>restriction reject_hello</c>.</param>
/// <param name="IsLetGo">True when no generation holds it and its load context is still in memory.</param>
internal sealed record PluginStatus(string Name, string Path, string Version, string Hash, IReadOnlyList<string> Generations, IReadOnlyList<string> Offers, bool IsLetGo);
