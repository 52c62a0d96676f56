using PolicyMTA.Sdk;

namespace PolicyMTA.Filters.Dmarc;

/// <summary>
/// Finds the record that speaks for a domain, and its organizational domain: by walking up DNS (RFC 9989 §4.10), or with the public suffix list
/// (RFC 7489 §3.2). One for each check: it asks no question twice. What DNS can't say now is a <see cref="TemporaryFailureException"/>.
/// </summary>
internal sealed class DmarcDiscovery(IDnsResolver dns, PublicSuffixList? suffixes, bool walks)
{
    // §4.10: a name of this many labels or more goes on with one less than this many, so that no name costs more questions.
    private const int LabelLimit = 8;

    private readonly Dictionary<string, Answer> _answers = new(StringComparer.Ordinal);

    /// <summary>The record for mail of an author's domain; null when there is none.</summary>
    internal async ValueTask<PublishedPolicy?> FindPolicyAsync(string author, CancellationToken cancellationToken)
    {
        var own = await FindAsync(author, cancellationToken);
        // Two records at the author's own domain are an answer: none (RFC 7489 §6.6.3).
        if (own.IsAmbiguous) return null;
        if (own.Record is not null) return new PublishedPolicy(author, own.Record);
        var organization = await FindOrganizationAsync(author, cancellationToken);
        var theirs = organization == author ? own : await FindAsync(organization, cancellationToken);
        if (theirs.Record is not null) return new PublishedPolicy(organization, theirs.Record);
        // §4.10.1: the public suffix speaks for an organization that does not.
        return walks && await WalkAsync(author, cancellationToken) is [.., { Record.Suffix: PublicSuffixFlag.Yes } suffix] ? suffix : null;
    }

    /// <summary>The organizational domain (§4.10.2).</summary>
    internal async ValueTask<string> FindOrganizationAsync(string domain, CancellationToken cancellationToken)
    {
        if (!walks) return suffixes?.Registrable(domain) ?? domain;
        // A walk ends at the first that says what it is, and otherwise the one with the fewest labels counts: it is always the last.
        if (await WalkAsync(domain, cancellationToken) is not [.., var last]) return suffixes?.Registrable(domain) ?? domain;
        var isSuffixAbove = last.Record.Suffix == PublicSuffixFlag.Yes && last.Domain != domain;
        return isSuffixAbove ? DomainName.Last(domain, DomainName.Count(last.Domain) + 1) : last.Domain;
    }

    /// <summary>Whether a domain is in DNS at all: only NXDOMAIN says that it is not (§3.2.13).</summary>
    internal async ValueTask<bool> ExistsAsync(string domain, CancellationToken cancellationToken)
    {
        var answer = await dns.FindIpv4Async(domain, cancellationToken);
        return answer.IsFailure ? throw Failure(domain) : answer.Status != DnsStatus.NoSuchName;
    }

    private async ValueTask<List<PublishedPolicy>> WalkAsync(string domain, CancellationToken cancellationToken)
    {
        var found = new List<PublishedPolicy>();
        for (var target = domain; ; target = DomainName.Last(target, Math.Min(DomainName.Count(target), LabelLimit) - 1))
        {
            if ((await FindAsync(target, cancellationToken)).Record is { } record)
            {
                found.Add(new PublishedPolicy(target, record));
                if (record.Suffix != PublicSuffixFlag.Unknown) return found;
            }
            if (DomainName.Count(target) == 1) return found;
        }
    }

    private async ValueTask<Answer> FindAsync(string domain, CancellationToken cancellationToken)
    {
        if (_answers.TryGetValue(domain, out var known)) return known;
        var texts = await dns.FindTxtAsync($"_dmarc.{domain}", cancellationToken);
        if (texts.IsFailure) throw Failure(domain);
        var records = texts.Records.Select(DmarcRecord.Parse).OfType<DmarcRecord>().Take(2).ToList();
        return _answers[domain] = new Answer(records is [var only] ? only : null, records.Count > 1);
    }

    private static TemporaryFailureException Failure(string domain) => new($"DNS does not answer for {domain}");

    private sealed record Answer(DmarcRecord? Record, bool IsAmbiguous);
}
