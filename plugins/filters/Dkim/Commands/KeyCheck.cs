using System.Security.Cryptography;
using PolicyMTA.Filters.Dkim.Signing;
using PolicyMTA.Sdk;

namespace PolicyMTA.Filters.Dkim.Commands;

/// <summary>Compares the keys that sign with what DNS says of them.</summary>
internal sealed class KeyCheck(IDnsResolver dns, int leastBits, TextWriter output)
{
    private const int Recommended = 2048;

    /// <summary>Checks all and tells of each; false when one would not verify.</summary>
    internal async ValueTask<bool> RunAsync(IReadOnlyList<KeyEntry> entries, IReadOnlyList<string> domains, CancellationToken cancellationToken)
    {
        if (entries.Count == 0) await output.WriteLineAsync("nothing signs: there is no key_file and no key_table");
        var isGood = entries.Count > 0;
        foreach (var entry in entries.SelectMany(entry => Expand(entry, domains)))
        {
            var name = KeyRecord.Name(entry.Domain, entry.Selector);
            if (entry.HasPlaceholder)
            {
                await output.WriteLineAsync($"{name}: not checked; it stands for any domain: say which, as `policymta dkim check example.org`");
                continue;
            }
            var problem = await FindProblemAsync(entry, name, cancellationToken);
            await output.WriteLineAsync(problem is null ? $"{name}: good" : $"{name}: {problem}");
            isGood &= problem is null;
        }
        return isGood;
    }

    private static IEnumerable<KeyEntry> Expand(KeyEntry entry, IReadOnlyList<string> domains) =>
        entry.HasPlaceholder && domains.Count > 0 ? domains.Select(entry.For) : domains.Count == 0 || domains.Contains(entry.Domain, StringComparer.OrdinalIgnoreCase) ? [entry] : [];

    private async ValueTask<string?> FindProblemAsync(KeyEntry entry, string name, CancellationToken cancellationToken)
    {
        SigningKey key;
        try
        {
            key = SigningKey.Parse(await File.ReadAllTextAsync(entry.Path, cancellationToken));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ConfigurationException)
        {
            return $"{entry.Path}: {error.Message}";
        }
        using (key)
        {
            await TellWeaknessAsync(entry, key, name);
            if (key.Algorithm == DkimAlgorithm.RsaSha256 && key.Bits < leastBits) return $"{entry.Path}: the key has {key.Bits} bits; minimum_key_bits is {leastBits}";
            var answer = await dns.FindTxtAsync(name, cancellationToken);
            if (answer.IsFailure) return "DNS can't say now";
            if (!answer.IsFound) return $"there is no record; publish\n{KeyRecord.ZoneLine(entry.Domain, entry.Selector, KeyRecord.Of(key))}";
            if (answer.Records.Count > 1) await output.WriteLineAsync($"{name}: note: {answer.Records.Count} records at one name; who verifies may look at any of them");
            var problems = new List<string>();
            foreach (var record in answer.Records)
            {
                if (!DkimKey.TryParse(record, key.Algorithm, out var published, out var problem)) problems.Add(problem);
                else if (!Fits(published, key)) problems.Add($"the record is of another key than {entry.Path}");
                else
                {
                    if (published.IsTest) await output.WriteLineAsync($"{name}: note: t=y tells everybody that signatures are tried out, and to take no notice of them");
                    return null;
                }
            }
            return $"{string.Join("; ", problems)}; publish\n{KeyRecord.ZoneLine(entry.Domain, entry.Selector, KeyRecord.Of(key))}";
        }
    }

    private async ValueTask TellWeaknessAsync(KeyEntry entry, SigningKey key, string name)
    {
        if (key.Algorithm == DkimAlgorithm.RsaSha256 && key.Bits < Recommended) await output.WriteLineAsync($"{name}: note: {key.Bits} bits are few (RFC 8301 §3.2 recommends {Recommended})");
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(entry.Path) & (UnixFileMode.OtherRead | UnixFileMode.OtherWrite)) != 0) await output.WriteLineAsync($"{name}: note: everybody on this machine can read {entry.Path}; chmod 600");
    }

    // Whatever form the record has: a signature of the one verifies with the other, or they are no pair.
    private static bool Fits(DkimKey published, SigningKey key)
    {
        var hash = RandomNumberGenerator.GetBytes(SHA256.HashSizeInBytes);
        return published.Verifies(hash, key.Sign(hash), HashAlgorithmName.SHA256);
    }
}
