namespace PolicyMTA.Generations;

/// <summary>What a generation is made of, in words and hashes: enough to name it, to compare it and to find its plugins again.</summary>
internal sealed record GenerationManifest
{
    // What people type and logs show; the parts keep longer ones.
    private const int HashLength = 12;

    /// <summary>The generation's hash.</summary>
    public required string Hash { get; init; }
    /// <summary>Everything it is made of, by kind and name.</summary>
    public required IReadOnlyList<ManifestEntry> Entries { get; init; }
    /// <summary>Its plugins.</summary>
    public required IReadOnlyList<ManifestPlugin> Plugins { get; init; }

    /// <summary>A manifest of these entries.</summary>
    public static GenerationManifest Create(IEnumerable<ManifestEntry> entries, IReadOnlyList<ManifestPlugin> plugins)
    {
        ManifestEntry[] sorted = [.. entries.OrderBy(e => e.Kind, StringComparer.Ordinal).ThenBy(e => e.Name, StringComparer.Ordinal)];
        var hash = ContentHash.OfTexts(sorted.SelectMany(e => new[] { e.Kind, e.Name, e.Content }));
        return new GenerationManifest { Hash = hash[..HashLength], Entries = sorted, Plugins = plugins };
    }

    /// <summary>What is different from another one, a line each.</summary>
    public IReadOnlyList<string> DifferencesFrom(GenerationManifest? earlier)
    {
        if (earlier is null) return [];
        var before = earlier.Entries.ToDictionary(e => (e.Kind, e.Name));
        var after = Entries.ToDictionary(e => (e.Kind, e.Name));
        return
        [
            .. from key in before.Keys.Union(after.Keys)
               let old = before.GetValueOrDefault(key)
               let now = after.GetValueOrDefault(key)
               where old?.Content != now?.Content
               orderby key.Kind, key.Name
               select Describe(old, now),
        ];
    }

    private static string Describe(ManifestEntry? old, ManifestEntry? now) => (old, now) switch
    {
        (null, { } added) => added.IsText ? $"{added.Title}: {added.Shown}" : $"{added.Title} added",
        ({ } removed, null) => $"{removed.Title} removed",
        ({ IsText: true } from, { } to) => $"{to.Title}: {from.Shown} → {to.Shown}",
        _ => $"{now!.Title} {(now.Kind == "plugin" ? "replaced" : "changed")}",
    };
}

/// <summary>One thing a generation is made of.</summary>
/// <param name="Kind">What it is: <c>setting</c>, <c>policy</c>, <c>plugin</c>, <c>table</c> …</param>
/// <param name="Name">Its name.</param>
/// <param name="Content">The text of a setting, the hash of anything else.</param>
internal sealed record ManifestEntry(string Kind, string Name, string Content)
{
    /// <summary>True when the content may be shown.</summary>
    public bool IsText => Kind is "setting" or "listener";

    /// <summary>How a person calls it.</summary>
    public string Title => Kind switch
    {
        "setting" => Name,
        "policy" => $"policies/{Name}",
        _ => $"{Kind} {Name}",
    };

    /// <summary>The content for a person.</summary>
    public string Shown => Content.Length == 0 ? "(empty)" : Content;
}

/// <summary>A plugin of a generation.</summary>
internal sealed record ManifestPlugin(string Name, string Version, string Path, string Hash);
