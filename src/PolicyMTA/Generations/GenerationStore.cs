using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using PolicyMTA.Configuration;
using PolicyMTA.PluginHost;

namespace PolicyMTA.Generations;

/// <summary>
/// Keeps the last good generations in a folder: a copy of configuration and policies for each, and the names of its plugins' copies. One caller at a time.
/// </summary>
internal sealed class GenerationStore(string folder, PluginLoader loader)
{
    private const int Kept = 10;
    private const string ConfigurationName = "policymta.toml";
    private const string ManifestName = "manifest.json";
    private const string PoliciesName = "policies";

    private string HistoryPath => Path.Combine(folder, "history.json");

    /// <summary>The times that generations came in force, newest first; empty when there is no readable history.</summary>
    public IReadOnlyList<HistoryRecord> ReadHistory()
    {
        try
        {
            return Read(HistoryPath, HistoryJson.Default.HistoryFile).Entries;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException)
        {
            return [];
        }
    }

    /// <summary>Keeps a copy of what a generation is made from, before it comes in force.</summary>
    /// <exception cref="IOException">The folder can't be written.</exception>
    public void Save(Generation generation)
    {
        var target = Path.Combine(folder, generation.Hash);
        if (Directory.Exists(target)) return;
        var draft = Path.Combine(folder, $".{generation.Hash}");
        if (Directory.Exists(draft)) Directory.Delete(draft, recursive: true);
        Directory.CreateDirectory(draft);
        File.WriteAllText(Path.Combine(draft, ConfigurationName), generation.Configuration.Text);
        foreach (var (name, text) in generation.PolicyTexts.Files)
        {
            var path = Path.Combine(draft, PoliciesName, name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, text);
        }
        Directory.CreateDirectory(Path.Combine(draft, PoliciesName));
        File.WriteAllBytes(Path.Combine(draft, ManifestName), JsonSerializer.SerializeToUtf8Bytes(generation.Manifest, HistoryJson.Default.GenerationManifest));
        Directory.Move(draft, target);
    }

    /// <summary>Notes that a generation came in force, and forgets the oldest ones.</summary>
    /// <exception cref="IOException">The folder can't be written.</exception>
    public void Record(HistoryRecord record, IReadOnlyCollection<GenerationManifest> live)
    {
        var entries = ReadHistory().Prepend(record).ToList();
        var kept = entries.Select(e => e.Hash).Distinct().Take(Kept).ToHashSet();
        entries.RemoveAll(e => !kept.Contains(e.Hash));
        var draft = HistoryPath + ".new";
        File.WriteAllBytes(draft, JsonSerializer.SerializeToUtf8Bytes(new HistoryFile(entries), HistoryJson.Default.HistoryFile));
        File.Move(draft, HistoryPath, overwrite: true);
        Prune(kept, live);
    }

    /// <summary>What an earlier generation was made from; null with the reason when that is gone.</summary>
    /// <param name="hash">Its whole hash.</param>
    /// <param name="inForce">The configuration in force: paths start where it is.</param>
    public (GenerationSource? Source, IReadOnlyList<ConfigurationError> Errors) Find(string hash, MailConfiguration inForce)
    {
        var copy = Path.Combine(folder, hash);
        var file = Path.Combine(copy, ConfigurationName);
        try
        {
            var manifest = Read(Path.Combine(copy, ManifestName), HistoryJson.Default.GenerationManifest);
            var result = ConfigurationLoader.Parse(File.ReadAllText(file), file, inForce.Root);
            if (result.Configuration is not { } configuration) return (null, result.Errors);
            var scans = manifest.Plugins.Select(p => loader.FindStaged(p.Hash, p.Path)).ToList();
            var plugins = new PluginScan([.. scans.SelectMany(s => s.Plugins)], [.. scans.SelectMany(s => s.Errors)]);
            return (new GenerationSource(configuration with { Policy = new PolicySection(Path.Combine(copy, PoliciesName)) }, plugins), []);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException)
        {
            return (null, [new ConfigurationError(copy, 0, 0, $"the copy of this generation can't be read: {error.Message}")]);
        }
    }

    private void Prune(HashSet<string> kept, IReadOnlyCollection<GenerationManifest> live)
    {
        var plugins = live.SelectMany(m => m.Plugins).Select(p => p.Hash).ToHashSet(StringComparer.Ordinal);
        foreach (var copy in Directory.EnumerateDirectories(folder))
        {
            if (!kept.Contains(Path.GetFileName(copy))) Directory.Delete(copy, recursive: true);
            else plugins.UnionWith(Read(Path.Combine(copy, ManifestName), HistoryJson.Default.GenerationManifest).Plugins.Select(p => p.Hash));
        }
        loader.Prune(plugins);
    }

    private static T Read<T>(string path, JsonTypeInfo<T> type) where T : class =>
        JsonSerializer.Deserialize(File.ReadAllBytes(path), type) ?? throw new JsonException($"{path} is empty");
}
