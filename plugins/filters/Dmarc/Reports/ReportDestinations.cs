using PolicyMTA.Sdk;

namespace PolicyMTA.Filters.Dmarc.Reports;

/// <summary>Who gets a report. Nobody is made a receiver by another's record: a domain outside the organization has to say that it takes them (RFC 9990 §4). Never throws for what DNS says.</summary>
internal sealed class ReportDestinations(IDnsResolver dns, PublicSuffixList? suffixes, bool walks, TimeProvider time)
{
    private static readonly TimeSpan LookupTime = TimeSpan.FromSeconds(20);

    // A record may name any number; RFC 9990 §3.5 lets a sender limit it to two or more.
    internal const int MostAddresses = 5;

    private const int LongestName = 253;

    /// <summary>The mail addresses of a record that want its reports, and whether DNS could not say of one.</summary>
    internal async ValueTask<(IReadOnlyList<ReportAddress> Addresses, bool IsComplete)> FindAsync(string domain, DmarcRecord record, CancellationToken cancellationToken)
    {
        var (found, isComplete) = (new List<ReportAddress>(), true);
        var discovery = new DmarcDiscovery(dns, suffixes, walks);
        using var timeout = new CancellationTokenSource(LookupTime, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        foreach (var address in record.AggregateAddresses.Where(IsMail).DistinctBy(one => one.Address, StringComparer.OrdinalIgnoreCase).Take(MostAddresses))
        {
            try
            {
                found.AddRange(await AllowedAsync(domain, address, discovery, both.Token));
            }
            catch (Exception e) when (e is TemporaryFailureException || e is OperationCanceledException && !cancellationToken.IsCancellationRequested)
            {
                isComplete = false;
            }
        }
        return ([.. found.DistinctBy(one => one.Address, StringComparer.OrdinalIgnoreCase).Take(MostAddresses)], isComplete);
    }

    private static bool IsMail(ReportAddress address) => address.IsMail && ReportSettings.IsAddress(address.Address);

    private async ValueTask<IEnumerable<ReportAddress>> AllowedAsync(string domain, ReportAddress address, DmarcDiscovery discovery, CancellationToken cancellationToken)
    {
        var host = HostOf(address);
        if (host == domain || await discovery.FindOrganizationAsync(host, cancellationToken) == await discovery.FindOrganizationAsync(domain, cancellationToken)) return [address];
        var name = $"{domain}._report._dmarc.{host}";
        if (name.Length > LongestName) return [];
        var texts = await dns.FindTxtAsync(name, cancellationToken);
        if (texts.IsFailure) throw new TemporaryFailureException($"DNS does not answer for {name}");
        var records = texts.Records.Select(DmarcRecord.Parse).OfType<DmarcRecord>().ToList();
        // They may name another address of the same host in its place.
        var others = records.SelectMany(record => record.AggregateAddresses).Where(other => IsMail(other) && HostOf(other) == host).ToList();
        return records.Count == 0 ? [] : others.Count > 0 ? others : [address];
    }

    private static string HostOf(ReportAddress address) => DomainName.TryNormalize(Address.FromInternal(address.Address).Domain, out var host) ? host : "";
}
