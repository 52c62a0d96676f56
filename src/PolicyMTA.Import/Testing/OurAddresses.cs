using PolicyMTA.Import.Translation;

namespace PolicyMTA.Import.Testing;

/// <summary>Addresses that the imported server takes mail for, as far as its files tell.</summary>
internal sealed class OurAddresses(SourceValues values, TableReferences tables)
{
    private static readonly string[] Domains = ["mydestination", "virtual_mailbox_domains", "virtual_alias_domains", "relay_domains"];
    private static readonly string[] Databases = ["sqlite:", "mysql:", "pgsql:", "ldap:", "proxy:mysql:", "proxy:pgsql:", "proxy:ldap:", "proxy:sqlite:"];

    /// <summary>The domains that stand in lists and in text tables.</summary>
    public HashSet<string> Known { get; } = Domains.SelectMany(name => Words(values, tables, name)).ToHashSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>Mailboxes and relay recipients that stand in text tables: whole addresses of known domains.</summary>
    public IEnumerable<string> Mailboxes() =>
        from name in (string[])["virtual_mailbox_maps", "relay_recipient_maps"]
        from entry in SampleTable.EntriesOfAll(values.Text(name), tables)
        where IsKnown(entry.Key)
        select entry.Key;

    /// <summary>True where a table takes every address of the domain.</summary>
    public bool TakesAll(string domain) =>
        ((string[])["virtual_mailbox_maps", "relay_recipient_maps", "virtual_alias_maps"]).SelectMany(name => SampleTable.EntriesOfAll(values.Text(name), tables)).Any(entry => entry.Key == "@" + domain)
        || (values.Text("relay_recipient_maps").Length == 0 && Words(values, tables, "relay_domains").Contains(domain, StringComparer.OrdinalIgnoreCase));

    /// <summary>Aliases of known domains that stand in text tables and lead to addresses that are none themselves.</summary>
    public IEnumerable<(string Alias, IReadOnlyList<string> Targets)> Aliases()
    {
        var entries = SampleTable.EntriesOfAll(values.Text("virtual_alias_maps"), tables);
        var keys = entries.Select(e => e.Key).ToHashSet(StringComparer.Ordinal);
        foreach (var (key, value) in entries.Where(e => IsKnown(e.Key)))
        {
            var targets = value.Split((char[])[',', ' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
            if (targets.All(t => t.Contains('@', StringComparison.Ordinal) && !t.Contains('"', StringComparison.Ordinal) && !keys.Contains(t.ToLowerInvariant()) && !keys.Contains("@" + t.Split('@')[^1].ToLowerInvariant()))) yield return (key, targets);
        }
    }

    /// <summary>The tables of virtual domains and mailboxes where databases have them: tests say what is in them.</summary>
    public (string Domains, string Mailboxes)? InDatabases()
    {
        var domains = WordsOf.List(tables.Rewrite(values.Text("virtual_mailbox_domains"), []));
        var mailboxes = WordsOf.List(tables.Rewrite(values.Text("virtual_mailbox_maps"), []));
        return domains is [var first] && mailboxes is [var second] && IsDatabase(first) && IsDatabase(second) && first != second ? (first, second) : null;
    }

    private bool IsDatabase(string table) => Databases.Any(type => table.StartsWith(type, StringComparison.Ordinal)) || tables.Sections.ContainsKey(table);

    private bool IsKnown(string address) => address.Split('@') is [{ Length: > 0 }, var domain] && Known.Contains(domain) && !address.Contains('"', StringComparison.Ordinal);

    private static IEnumerable<string> Words(SourceValues values, TableReferences tables, string name)
    {
        foreach (var word in WordsOf.List(values.Text(name)))
        {
            if (word.StartsWith('/')) foreach (var listed in WordsOf.List(tables.ReadList(word) ?? "")) yield return listed;
            else if (word.Contains(':', StringComparison.Ordinal)) foreach (var (key, _) in SampleTable.Entries(tables.Rewrite(word, []), tables)) yield return key;
            else yield return word;
        }
    }
}
