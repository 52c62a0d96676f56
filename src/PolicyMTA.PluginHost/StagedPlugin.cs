namespace PolicyMTA.PluginHost;

/// <summary>A plugin that was copied, hashed and checked, and has not been loaded.</summary>
/// <param name="Name">The name of its assembly.</param>
/// <param name="Version">The version of its assembly.</param>
/// <param name="SourcePath">The DLL or folder it was copied from.</param>
/// <param name="Hash">Names its content: equal hashes are the same plugin.</param>
/// <param name="AssemblyPath">Its assembly in the copy.</param>
/// <param name="Shared">The assemblies it gets from the program.</param>
public sealed record StagedPlugin(string Name, Version Version, string SourcePath, string Hash, string AssemblyPath, IReadOnlyList<string> Shared);
