using PolicyMTA.Sdk;

namespace PolicyMTA.Filters.Dkim.Signing;

/// <summary>A line of OpenDKIM's KeyTable: domain and selector of the signature, and the key's file. <c>%</c> stands for the domain of From.</summary>
internal sealed record KeyEntry(string Domain, string Selector, string Path)
{
    internal bool HasPlaceholder => $"{Domain}{Selector}{Path}".Contains('%', StringComparison.Ordinal);

    internal KeyEntry For(string domain) => new(With(Domain, domain), With(Selector, domain), With(Path, domain));

    private static string With(string text, string domain) => text.Replace("%", domain, StringComparison.Ordinal);
}

/// <summary>Keys by name: lines <c>name domain:selector:/path/to/key</c>. Immutable.</summary>
internal sealed class KeyTable
{
    private readonly Dictionary<string, KeyEntry> _entries;

    private KeyTable(Dictionary<string, KeyEntry> entries) => _entries = entries;

    /// <exception cref="ConfigurationException">A line is none.</exception>
    internal static KeyTable Parse(string text)
    {
        var entries = new Dictionary<string, KeyEntry>(StringComparer.Ordinal);
        foreach (var (name, value) in TableLines.Read(text))
        {
            var parts = value.Split(':', 3);
            if (parts.Length < 3 || parts.Any(part => part.Length == 0)) throw new ConfigurationException($"'{name} {value}': write domain:selector:/path/to/key");
            entries[name] = new KeyEntry(parts[0], parts[1], parts[2]);
        }
        return new KeyTable(entries);
    }

    internal IReadOnlyCollection<KeyEntry> Entries => _entries.Values;

    internal KeyEntry? Find(string name) => _entries.GetValueOrDefault(name);
}
