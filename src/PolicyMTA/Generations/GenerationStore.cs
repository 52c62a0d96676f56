using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using PolicyMTA.Configuration;
using PolicyMTA.Files;
using PolicyMTA.PluginHost;
using PolicyMTA.Policy;
using PolicyMTA.Sdk;

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
    private const string ShadowName = "shadow";

    private string HistoryPath => Path.Combine(folder, "history.json");

    /// <summary>The times that generations came in force, newest first; empty when there is no readable history.</summary>
    public IReadOnlyList<HistoryRecord> ReadHistory()
    {
        try
        {
            return Read(HistoryPath, HistoryJson.Default.HistoryFile).Entries ?? [];
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
        PrivateFile.MakeFolder(folder);
        PrivateFile.Close(folder);
        var target = Path.Combine(folder, generation.Hash);
        if (IsWhole(target, generation)) return;
        if (Directory.Exists(target)) Directory.Delete(target, recursive: true);
        var draft = Path.Combine(folder, $".{generation.Hash}");
        if (Directory.Exists(draft)) Directory.Delete(draft, recursive: true);
        foreach (var (name, text) in Texts(generation))
        {
            var path = Path.Combine(draft, name);
            MakeFolders(draft, Path.GetDirectoryName(path)!);
            PrivateFile.Write(path, Encoding.UTF8.GetBytes(text));
        }
        MakeFolders(draft, Path.Combine(draft, PoliciesName));
        if (generation.PolicyTexts.Shadow is not null) MakeFolders(draft, Path.Combine(draft, ShadowName));
        PrivateFile.Write(Path.Combine(draft, ManifestName), JsonSerializer.SerializeToUtf8Bytes(generation.Manifest, HistoryJson.Default.GenerationManifest));
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
        PrivateFile.Write(draft, JsonSerializer.SerializeToUtf8Bytes(new HistoryFile(entries), HistoryJson.Default.HistoryFile));
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
            var manifest = ReadManifest(copy);
            var result = ConfigurationLoader.Parse(File.ReadAllText(file), file, inForce.Root);
            if (result.Configuration is not { } configuration) return (null, result.Errors);
            var scans = manifest.Plugins.Select(p => loader.FindStaged(p.Hash, p.Path)).ToList();
            var plugins = new PluginScan([.. scans.SelectMany(s => s.Plugins)], [.. scans.SelectMany(s => s.Errors)]);
            return (new GenerationSource(configuration with { Policy = configuration.Policy with { Folder = Path.Combine(copy, PoliciesName), Shadow = configuration.Policy.Shadow is null ? null : Path.Combine(copy, ShadowName) } }, plugins), []);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException)
        {
            return (null, [new ConfigurationError(copy, 0, 0, $"the copy of this generation can't be read: {error.Message}")]);
        }
    }

    /// <summary>What configuration and policies say differently in two generations.</summary>
    /// <exception cref="ConfigurationException">The copy of one can't be read.</exception>
    public string Difference(string from, string to)
    {
        var (before, after) = (ReadTexts(from), ReadTexts(to));
        return string.Concat(before.Keys.Union(after.Keys).Order(StringComparer.Ordinal).Select(name => LineDiff.Write(name, before.GetValueOrDefault(name), after.GetValueOrDefault(name))));
    }

    private Dictionary<string, string> ReadTexts(string hash)
    {
        var copy = Path.Combine(folder, hash);
        try
        {
            return Directory.EnumerateFiles(copy, "*", SearchOption.AllDirectories).Select(file => (Name: Path.GetRelativePath(copy, file), Text: File.ReadAllText(file)))
                .Where(file => file.Name != ManifestName).ToDictionary(file => file.Name, file => file.Text, StringComparer.Ordinal);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException($"the copy of generation {hash} can't be read: {error.Message}", error);
        }
    }

    private void Prune(HashSet<string> kept, IReadOnlyCollection<GenerationManifest> live)
    {
        var plugins = live.SelectMany(m => m.Plugins).Select(p => p.Hash).ToHashSet(StringComparer.Ordinal);
        foreach (var copy in Directory.EnumerateDirectories(folder))
        {
            // A copy that can't be read is of no use to a rollback.
            if (kept.Contains(Path.GetFileName(copy)) && FindManifest(copy) is { } manifest) plugins.UnionWith(manifest.Plugins.Select(p => p.Hash));
            else Directory.Delete(copy, recursive: true);
        }
        loader.Prune(plugins);
    }

    private static IEnumerable<(string Name, string Text)> Texts(Generation generation) =>
        [(ConfigurationName, generation.Configuration.Text), .. Texts(PoliciesName, generation.PolicyTexts.InForce), .. Texts(ShadowName, generation.PolicyTexts.Shadow)];

    private static IEnumerable<(string Name, string Text)> Texts(string folder, PolicySource? source) => source is null ? [] : source.Files.Select(f => (Path.Combine(folder, f.Key), f.Value));

    private static void MakeFolders(string draft, string path)
    {
        if (path != draft) MakeFolders(draft, Path.GetDirectoryName(path)!);
        PrivateFile.MakeFolder(path);
    }

    // A crash or a person may have torn it.
    private static bool IsWhole(string copy, Generation generation)
    {
        try
        {
            return FindManifest(copy)?.Hash == generation.Hash && Texts(generation).All(t => File.ReadAllText(Path.Combine(copy, t.Name)) == t.Text);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static GenerationManifest? FindManifest(string copy)
    {
        try
        {
            return ReadManifest(copy);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    private static GenerationManifest ReadManifest(string copy) => Read(Path.Combine(copy, ManifestName), HistoryJson.Default.GenerationManifest) switch
    {
        { Hash: not null, Entries: not null, Plugins: { } plugins } manifest when plugins.All(p => p is { Hash: not null, Path: not null }) => manifest,
        _ => throw new JsonException("it is incomplete"),
    };

    private static T Read<T>(string path, JsonTypeInfo<T> type) where T : class =>
        JsonSerializer.Deserialize(File.ReadAllBytes(path), type) ?? throw new JsonException($"{path} is empty");
}
