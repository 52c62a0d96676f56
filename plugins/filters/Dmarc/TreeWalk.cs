using PolicyMTA.Sdk;

namespace PolicyMTA.Filters.Dmarc;

/// <summary>DNS could not say: nothing is known.</summary>
internal sealed class DmarcTemporaryException(string message) : Exception(message);

/// <summary>A record and the domain it stands at.</summary>
internal sealed record FoundRecord(string Domain, DmarcRecord Record);

/// <summary>
/// Finds policy records and organizational domains by walking up the tree of names (RFC 9989 §4.10), or by the public suffix list (RFC 7489 §3.2). What one message asked for is remembered: author
/// and signers often share their domains. For one message.
/// </summary>
internal sealed class TreeWalk(IDnsResolver dns, PublicSuffixList? suffixes, bool walks, CancellationToken cancellationToken)
{
    // A name of more labels goes on with its last seven, so that nobody is made to ask more than eight times.
    private const int MostLabels = 8;

    private readonly HashSet<string> _ambiguous = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, DmarcRecord?> _known = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The record that says what is to be done with an author's mail; null when there is none.</summary>
    /// <exception cref="DmarcTemporaryException">DNS does not answer.</exception>
    internal async ValueTask<FoundRecord?> FindPolicyAsync(string author)
    {
        if (!walks)
        {
            if (await FindAsync(author) is { } own) return new FoundRecord(author, own);
            var registered = suffixes?.FindRegistered(author);
            return registered is not null && !registered.Equals(author, StringComparison.OrdinalIgnoreCase) && await FindAsync(registered) is { } of ? new FoundRecord(registered, of) : null;
        }
        var found = await WalkAsync(author);
        // Who publishes several for himself has none, and inherits none.
        if (_ambiguous.Contains(author)) return null;
        if (found.Count > 0 && found[0].Domain.Equals(author, StringComparison.OrdinalIgnoreCase)) return found[0];
        var organization = Organization(author, found);
        return found.Find(record => record.Domain.Equals(organization, StringComparison.OrdinalIgnoreCase)) ?? found.Find(record => record.Record.PublicSuffix == 'y');
    }

    /// <summary>The organizational domain of a name.</summary>
    /// <exception cref="DmarcTemporaryException">DNS does not answer.</exception>
    internal async ValueTask<string> FindOrganizationAsync(string domain)
    {
        if (!walks) return suffixes?.FindRegistered(domain) ?? domain;
        var found = await WalkAsync(domain);
        // Without any record the walk knows nothing; the list does, where there is one.
        return found.Count == 0 ? suffixes?.FindRegistered(domain) ?? domain : Organization(domain, found);
    }

    /// <summary>True for a name that DNS knows nothing of.</summary>
    internal async ValueTask<bool> IsMissingAsync(string domain)
    {
        var answer = await dns.FindIpv4Async(domain, cancellationToken);
        return answer.IsFailure ? throw new DmarcTemporaryException($"DNS does not answer for {domain}") : answer.Status == DnsStatus.NoSuchName;
    }

    private static string Organization(string domain, List<FoundRecord> found)
    {
        foreach (var record in found)
        {
            if (record.Record.PublicSuffix == 'n') return record.Domain;
            // One label below a public suffix; a suffix that writes mail itself is its own organization.
            if (record.Record.PublicSuffix == 'y') return record.Domain.Equals(domain, StringComparison.OrdinalIgnoreCase) ? domain : string.Join('.', domain.Split('.')[^(record.Domain.Split('.').Length + 1)..]);
        }
        return found.Count > 0 ? found[^1].Domain : domain;
    }

    private async ValueTask<List<FoundRecord>> WalkAsync(string domain)
    {
        var found = new List<FoundRecord>();
        var labels = domain.Split('.');
        var count = labels.Length;
        while (count > 0)
        {
            var name = string.Join('.', labels[^count..]);
            if (await FindAsync(name) is { } record)
            {
                found.Add(new FoundRecord(name, record));
                if (record.PublicSuffix is 'y' or 'n') return found;
            }
            count = count >= MostLabels ? Math.Min(count - 1, MostLabels - 1) : count - 1;
        }
        return found;
    }

    private async ValueTask<DmarcRecord?> FindAsync(string domain)
    {
        if (_known.TryGetValue(domain, out var known)) return known;
        var answer = await dns.FindTxtAsync($"_dmarc.{domain}", cancellationToken);
        if (answer.IsFailure) throw new DmarcTemporaryException($"DNS does not answer for _dmarc.{domain}");
        var records = new List<DmarcRecord>();
        foreach (var text in answer.Records)
        {
            if (DmarcRecord.TryParse(text, out var record)) records.Add(record);
        }
        // Several are none (§4.10).
        if (records.Count > 1) _ambiguous.Add(domain);
        return _known[domain] = records.Count == 1 ? records[0] : null;
    }
}
