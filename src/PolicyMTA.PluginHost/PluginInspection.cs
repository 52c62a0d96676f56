namespace PolicyMTA.PluginHost;

/// <summary>Checks a staged folder without loading anything from it.</summary>
internal sealed class PluginInspection(HostAssemblies host)
{
    private static readonly string[] Drivers = ["Microsoft.Data.Sqlite", "e_sqlite3", "Npgsql", "MySqlConnector", "StackExchange.Redis"];

    public PluginScan Inspect(string sourcePath, string folder, string hash)
    {
        var errors = new List<PluginError>();
        var files = PluginCandidate.ListFiles(folder);
        foreach (var file in files)
        {
            if (FindForbidden(file) is { } forbidden) errors.Add(new PluginError(sourcePath, forbidden));
        }
        var assemblies = ReadAssemblies(sourcePath, folder, files, errors);
        if (errors.Count > 0) return new PluginScan([], errors);

        var shared = new SortedSet<string>(StringComparer.OrdinalIgnoreCase) { "PolicyMTA.Sdk" };
        foreach (var (file, facts) in assemblies) CheckReferences(sourcePath, file, facts, assemblies, shared, errors);
        var entries = assemblies.Where(a => a.Facts.Entries.Count > 0).ToList();
        if (entries is not [var (entryFile, entry)] || entry.Entries.Count > 1) errors.Add(new PluginError(sourcePath, DescribeEntries(entries)));
        else if (errors.Count == 0) return new PluginScan([new StagedPlugin(entry.Name, entry.Version, sourcePath, hash, Path.Combine(folder, entryFile), [.. shared])], []);
        return new PluginScan([], errors);
    }

    private static List<(string File, AssemblyFacts Facts)> ReadAssemblies(string sourcePath, string folder, IReadOnlyList<string> files, List<PluginError> errors)
    {
        var assemblies = new List<(string, AssemblyFacts)>();
        foreach (var file in files.Where(f => f.EndsWith(".dll", StringComparison.OrdinalIgnoreCase)))
        {
            if (AssemblyFacts.Read(Path.Combine(folder, file), out var mistake) is { } facts) assemblies.Add((file, facts));
            // Below the folder (runtimes/…/native) a DLL may be a native library of another system.
            else if (!file.Contains('/', StringComparison.Ordinal)) errors.Add(new PluginError(PathOf(sourcePath, file), mistake!));
        }
        return assemblies;
    }

    private void CheckReferences(
        string sourcePath, string file, AssemblyFacts facts, List<(string File, AssemblyFacts Facts)> assemblies, SortedSet<string> shared, List<PluginError> errors)
    {
        foreach (var reference in facts.References)
        {
            var name = reference.Name!;
            var needed = reference.Version ?? new Version();
            var isShared = host.IsShared(name);
            var local = isShared ? null : assemblies.Where(a => a.Facts.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(a => a.Facts.Version).Max();
            var offered = local ?? (isShared || host.IsFramework(name) ? host.FindVersion(name) : null);
            if (isShared && offered is not null) shared.Add(name);
            if (offered is null || offered < needed)
            {
                errors.Add(new PluginError(PathOf(sourcePath, file), DescribeMissing(name, needed, offered, local is not null, isShared)));
            }
        }
    }

    private static string DescribeMissing(string name, Version needed, Version? offered, bool isLocal, bool isShared) => offered switch
    {
        null when isShared => $"needs {name} {needed}, which plugins get from the program, and this program has none",
        null => $"needs {name} {needed}, which is neither part of .NET nor beside it",
        _ when isLocal => $"needs {name} {needed}, but the one beside it is {offered}",
        _ => $"needs {name} {needed}, but the program has {offered}",
    };

    private static string? FindForbidden(string file)
    {
        var name = Path.GetFileName(file);
        var stem = StemOf(name);
        if (stem.Equals("PolicyMTA.Sdk", StringComparison.OrdinalIgnoreCase)) return $"brings its own {name}: plugins use the program's";
        var isDriver = stem.StartsWith("SQLitePCLRaw", StringComparison.OrdinalIgnoreCase) || Drivers.Contains(stem, StringComparer.OrdinalIgnoreCase);
        return isDriver ? $"brings the database driver {name}: a second copy in the process loses data, so plugins use the program's (reference it with ExcludeAssets=\"runtime\")" : null;
    }

    private static string StemOf(string name)
    {
        string[] libraries = [".dll", ".so", ".dylib"];
        if (!libraries.Contains(Path.GetExtension(name), StringComparer.OrdinalIgnoreCase)) return "";
        var stem = Path.GetFileNameWithoutExtension(name);
        return stem.StartsWith("lib", StringComparison.OrdinalIgnoreCase) ? stem[3..] : stem;
    }

    private static string DescribeEntries(List<(string File, AssemblyFacts Facts)> entries) => entries.Count switch
    {
        0 => "is no plugin: nothing there has the attribute [assembly: Plugin<T>]",
        1 => $"{entries[0].File} names {entries[0].Facts.Entries.Count} entries ({string.Join(", ", entries[0].Facts.Entries)}); a plugin has one",
        _ => $"holds {entries.Count} plugins ({string.Join(", ", entries.Select(e => e.File))}): each needs a folder of its own",
    };

    private static string PathOf(string sourcePath, string file) =>
        sourcePath.EndsWith(file, StringComparison.Ordinal) ? sourcePath : Path.Combine(sourcePath, file);
}
