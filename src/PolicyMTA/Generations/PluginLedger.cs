using PolicyMTA.PluginHost;

namespace PolicyMTA.Generations;

/// <summary>Remembers every plugin that was loaded until its load context is gone. Holds nothing of a plugin itself. Thread-safe.</summary>
internal sealed class PluginLedger
{
    private readonly Lock _gate = new();
    private readonly List<Entry> _entries = [];

    /// <summary>Notes a plugin that was loaded.</summary>
    public void Add(LoadedPlugin plugin)
    {
        var source = plugin.Source;
        var entry = new Entry(new ManifestPlugin(source.Name, source.Version.ToString(), source.SourcePath, source.Hash), Offers(plugin.Declarations), plugin.ContextReference);
        lock (_gate) _entries.Add(entry);
    }

    /// <summary>The plugins in memory.</summary>
    /// <param name="live">The generations that are alive.</param>
    public IReadOnlyList<PluginStatus> List(IReadOnlyCollection<GenerationManifest> live)
    {
        lock (_gate)
        {
            _entries.RemoveAll(e => !e.Context.IsAlive);
            return [.. Statuses(live).OrderBy(s => s.Name, StringComparer.Ordinal)];
        }
    }

    private IEnumerable<PluginStatus> Statuses(IReadOnlyCollection<GenerationManifest> live)
    {
        // The same content may be loaded twice, when it was let go and came back: the later one is the one that is held.
        foreach (var same in _entries.GroupBy(e => (e.Plugin.Name, e.Plugin.Hash)))
        {
            string[] holders = [.. live.Where(m => m.Plugins.Any(p => p.Name == same.Key.Name && p.Hash == same.Key.Hash)).Select(m => m.Hash)];
            foreach (var entry in same)
            {
                string[] held = ReferenceEquals(entry, same.Last()) ? holders : [];
                yield return new PluginStatus(entry.Plugin.Name, entry.Plugin.Path, entry.Plugin.Version, entry.Plugin.Hash, held, entry.Offers, held.Length == 0);
            }
        }
    }

    private static string[] Offers(PluginDeclarations declarations) =>
    [
        .. declarations.Restrictions.Keys.Order(StringComparer.Ordinal).Select(n => $"restriction {n}"),
        .. declarations.Tables.Keys.Order(StringComparer.Ordinal).Select(n => $"lookup table {n}"),
        .. declarations.Authenticators.Keys.Select(n => $"authenticator {n}"),
        .. declarations.Milters.Keys.Select(n => $"milter {n}"),
        .. declarations.Transports.Keys.Select(n => $"transport {n}"),
        .. declarations.ConnectionServices.Keys.Select(n => $"connection service {n}"),
        .. declarations.Commands.Keys.Select(n => $"command {n}"),
        .. declarations.QueueStores.Keys.Select(n => $"queue store {n}"),
        .. declarations.CounterStores.Keys.Select(n => $"counter store {n}"),
    ];

    private sealed record Entry(ManifestPlugin Plugin, IReadOnlyList<string> Offers, WeakReference Context);
}
