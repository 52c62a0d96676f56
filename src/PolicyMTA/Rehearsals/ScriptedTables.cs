using System.Collections.Concurrent;
using PolicyMTA.Sdk;

namespace PolicyMTA.Rehearsals;

/// <summary>Tables as a test fills them. One that it does not mention is read as it is, unless that would ask another machine. Thread-safe.</summary>
internal sealed class ScriptedTables(bool readsOthers)
{
    // Everything else answers from what is on this machine's disk or in the configuration.
    private static readonly HashSet<string> Elsewhere = new(StringComparer.Ordinal) { "pgsql", "mysql", "ldap", "redis", "http", "socketmap", "tcp", "memcache" };

    // Null: it fails for now.
    private readonly ConcurrentDictionary<string, IReadOnlyDictionary<string, string>?> _entries = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> _known = new(StringComparer.Ordinal);

    /// <summary>Forgets all.</summary>
    public void Reset() => _entries.Clear();

    /// <summary>What the configuration and the policies call their tables.</summary>
    public IEnumerable<string> Known => _known.Keys;

    /// <summary>Fills a table; null lets it fail.</summary>
    public void Set(string name, IReadOnlyDictionary<string, string>? entries) => _entries[name] = entries;

    /// <summary>What stands for a table.</summary>
    public ILookupTable Replace(string name, string type, ILookupTable table)
    {
        _known[name] = true;
        return new Scripted(this, name, !readsOthers && Elsewhere.Contains(type), table);
    }

    private sealed class Scripted(ScriptedTables tables, string name, bool isElsewhere, ILookupTable table) : ILookupTable
    {
        public bool AcceptsPartialKeys => table.AcceptsPartialKeys;

        public bool FoldsKeys => table.FoldsKeys;

        public ValueTask<LookupResult> FindAsync(string key, CancellationToken cancellationToken)
        {
            if (!tables._entries.TryGetValue(name, out var entries))
                return isElsewhere ? new(LookupResult.Failed($"a test may not ask {name}: fill it with tables.set('{name}', {{ … }})")) : table.FindAsync(key, cancellationToken);
            if (entries is null) return new(LookupResult.Failed("the test lets it fail"));
            return new(entries.TryGetValue(key, out var value) ? LookupResult.Found(value) : LookupResult.None);
        }

        public IAsyncEnumerable<KeyValuePair<string, string>>? List(CancellationToken cancellationToken) => null;

        public ValueTask DisposeAsync() => table.DisposeAsync();
    }
}
