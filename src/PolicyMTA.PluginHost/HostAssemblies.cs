using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.InteropServices;

namespace PolicyMTA.PluginHost;

/// <summary>The assemblies that the program has to offer: the framework's, and those it shares with plugins.</summary>
internal sealed class HostAssemblies
{
    private readonly Dictionary<string, string> _paths;
    private readonly ConcurrentDictionary<string, Version?> _versions = new(StringComparer.OrdinalIgnoreCase);
    private readonly IReadOnlyList<string> _shared;
    private readonly string _program = Path.TrimEndingDirectorySeparator(Path.GetFullPath(AppContext.BaseDirectory));
    private readonly string _runtime = Path.TrimEndingDirectorySeparator(Path.GetFullPath(RuntimeEnvironment.GetRuntimeDirectory()));

    public HostAssemblies(IReadOnlyList<string> shared)
    {
        _shared = shared;
        var trusted = AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES") as string ?? "";
        _paths = trusted.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .GroupBy(path => Path.GetFileNameWithoutExtension(path), StringComparer.OrdinalIgnoreCase)
            .ToDictionary(group => group.Key, group => group.First(), StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>True when plugins must take this assembly from the program.</summary>
    public bool IsShared(string name) => _shared.Any(pattern =>
        pattern.EndsWith('*') ? name.StartsWith(pattern[..^1], StringComparison.OrdinalIgnoreCase) : name.Equals(pattern, StringComparison.OrdinalIgnoreCase));

    public bool IsFramework(string name)
    {
        if (!_paths.TryGetValue(name, out var path)) return false;
        // A self-contained program has the framework among its own files.
        if (_runtime == _program) return name is "netstandard" or "mscorlib" || name.StartsWith("System.", StringComparison.Ordinal) || name.StartsWith("Microsoft.", StringComparison.Ordinal);
        return Path.GetDirectoryName(Path.GetFullPath(path)) != _program;
    }

    /// <summary>The version the program has; null when it has none.</summary>
    public Version? FindVersion(string name) =>
        _versions.GetOrAdd(name, wanted => _paths.TryGetValue(wanted, out var path) ? AssemblyName.GetAssemblyName(path).Version : null);
}
