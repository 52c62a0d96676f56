using System.Collections.Concurrent;
using PolicyMTA.Sdk;

namespace PolicyMTA.Filters.Dkim.Signing;

/// <summary>Which signatures a message of an author gets: by the tables, or by one key for the domains of the options. Files are read again when they change. Thread-safe.</summary>
internal sealed class SigningKeys
{
    private const string Pattern = "refile:", File = "file:";

    private readonly DkimOptions _options;
    private readonly Func<string, string> _fullPath;
    private readonly TimeProvider _time;
    private readonly Action<string> _complain;
    private readonly WatchedFile<KeyTable>? _keyTable;
    private readonly WatchedFile<SigningTable>? _signingTable;
    private readonly ConcurrentDictionary<string, WatchedFile<SigningKey>> _keys = new(StringComparer.Ordinal);

    /// <exception cref="ConfigurationException">A table or the key can't be read.</exception>
    internal SigningKeys(DkimOptions options, Func<string, string> fullPath, TimeProvider time, Action<string> complain)
    {
        (_options, _fullPath, _time, _complain) = (options, fullPath, time, complain);
        if (options.KeyFile.Length > 0) Load(options.KeyFile);
        if (options.SigningTable.Length == 0) return;
        var hasPatterns = options.SigningTable.StartsWith(Pattern, StringComparison.Ordinal);
        _signingTable = Watch(options.SigningTable, text => SigningTable.Parse(text, hasPatterns));
        _keyTable = Watch(options.KeyTable, KeyTable.Parse);
        _ = (_signingTable.Content, _keyTable.Content);
    }

    /// <summary>The signatures for an author's mail; none for one whose domain is not ours.</summary>
    /// <exception cref="ConfigurationException">A key that is named can't be had: the message must not go out unsigned.</exception>
    internal List<SignatureRequest> Find(Address author)
    {
        var requests = new List<SignatureRequest>();
        if (_signingTable is not null)
        {
            foreach (var found in _signingTable.Content.Find(author))
            {
                var colon = found.IndexOf(':', StringComparison.Ordinal);
                var (name, identity) = colon < 0 ? (found, null) : (found[..colon], Identity(found[(colon + 1)..], author));
                var entry = _keyTable!.Content.Find(name)?.For(author.Domain) ?? throw new ConfigurationException($"the key '{name}' of {_options.SigningTable} is not in {_options.KeyTable}");
                requests.Add(new SignatureRequest(entry.Domain, entry.Selector, identity, Load(entry.Path)));
                if (!_options.MultipleSignatures) break;
            }
        }
        else if (_options.Domain.FirstOrDefault(domain => Covers(domain, author.Domain)) is { } own)
        {
            requests.Add(new SignatureRequest(own.TrimStart('.'), _options.Selector, null, Load(_options.KeyFile)));
        }
        return requests;
    }

    /// <summary>Every key that signs, as the options have it now.</summary>
    /// <exception cref="ConfigurationException">The key table can't be read.</exception>
    internal static IReadOnlyList<KeyEntry> List(DkimOptions options, Func<string, string> fullPath)
    {
        var entries = new List<KeyEntry>();
        if (options.KeyFile.Length > 0) entries.AddRange(options.Domain.Select(domain => new KeyEntry(domain.TrimStart('.'), options.Selector, options.KeyFile)));
        if (options.KeyTable.Length > 0) entries.AddRange(new WatchedFile<KeyTable>(fullPath(Bare(options.KeyTable)), KeyTable.Parse, TimeProvider.System, _ => { }).Content.Entries);
        if (options.ArcKeyFile.Length > 0) entries.Add(new KeyEntry(options.ArcDomain, options.ArcSelector, options.ArcKeyFile));
        return [.. entries.Select(entry => entry with { Path = fullPath(Bare(entry.Path)) }).DistinctBy(entry => (entry.Domain, entry.Selector))];
    }

    private static string Identity(string text, Address author) => (text.Contains('@', StringComparison.Ordinal) ? text : $"@{text}").Replace("%", author.Domain, StringComparison.Ordinal);

    // ".example.org" covers what is below it too.
    private static bool Covers(string domain, string author) =>
        domain.TrimStart('.').Equals(author, StringComparison.OrdinalIgnoreCase) || domain.StartsWith('.') && author.EndsWith(domain, StringComparison.OrdinalIgnoreCase);

    private SigningKey Load(string path) => _keys.GetOrAdd(path, named => Watch(named, Checked)).Content;

    private SigningKey Checked(string pem)
    {
        var key = SigningKey.Parse(pem);
        // RFC 8301 §3.2: who signs uses 1024 bits at least.
        return key.Algorithm == DkimAlgorithm.RsaSha256 && key.Bits < _options.MinimumKeyBits ? throw new ConfigurationException($"the key has {key.Bits} bits; minimum_key_bits is {_options.MinimumKeyBits}") : key;
    }

    private WatchedFile<T> Watch<T>(string named, Func<string, T> parse) where T : class => new(_fullPath(Bare(named)), parse, _time, _complain);

    private static string Bare(string named) => named.StartsWith(Pattern, StringComparison.Ordinal) ? named[Pattern.Length..] : named.StartsWith(File, StringComparison.Ordinal) ? named[File.Length..] : named;
}
