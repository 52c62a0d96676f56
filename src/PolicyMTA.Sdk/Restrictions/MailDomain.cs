namespace PolicyMTA.Sdk;

/// <summary>Whether a domain can have mail: the question behind <c>reject_unknown_sender_domain</c> and its kin.</summary>
public static class MailDomain
{
    /// <summary>How Postfix words <see cref="MailDomainStatus.Malformed"/>.</summary>
    public const string MalformedReply = "Malformed DNS server reply";

    /// <summary>Asks for MX, then for addresses. Never throws for what DNS says.</summary>
    public static async ValueTask<MailDomainStatus> FindAsync(IDnsResolver dns, string name, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(dns);
        var domain = HostName.WithoutRoot(name).ToString();
        if (domain.Length == 0 || HostName.IsAddress(domain)) return MailDomainStatus.NotFound;
        var exchangers = await dns.FindMxAsync(domain, cancellationToken);
        if (exchangers.IsFound) return Judge(exchangers.Records);
        if (exchangers.Status == DnsStatus.NoSuchName) return MailDomainStatus.NotFound;
        var addresses = await FindAddressesAsync(dns, domain, cancellationToken);
        return addresses == MailDomainStatus.NotFound && exchangers.IsFailure ? MailDomainStatus.Failure : addresses;
    }

    /// <summary>The same for a host that need not take mail: MX records that name no host don't matter when it has an address.</summary>
    public static async ValueTask<MailDomainStatus> FindHostAsync(IDnsResolver dns, string name, CancellationToken cancellationToken)
    {
        var status = await FindAsync(dns, name, cancellationToken);
        if (status != MailDomainStatus.Malformed) return status;
        var addresses = await FindAddressesAsync(dns, HostName.WithoutRoot(name).ToString(), cancellationToken);
        return addresses == MailDomainStatus.NotFound ? status : addresses;
    }

    private static async ValueTask<MailDomainStatus> FindAddressesAsync(IDnsResolver dns, string domain, CancellationToken cancellationToken)
    {
        var ipv4 = await dns.FindIpv4Async(domain, cancellationToken);
        if (ipv4.IsFound) return MailDomainStatus.Found;
        var ipv6 = await dns.FindIpv6Async(domain, cancellationToken);
        if (ipv6.IsFound) return MailDomainStatus.Found;
        return ipv4.IsFailure || ipv6.IsFailure ? MailDomainStatus.Failure : MailDomainStatus.NotFound;
    }

    private static MailDomainStatus Judge(IReadOnlyList<MxRecord> records)
    {
        if (records is [{ Host: "" or "." }]) return MailDomainStatus.NullMx;
        return records.Any(record => HostName.IsValid(record.Host) || HostName.IsAddress(record.Host)) ? MailDomainStatus.Found : MailDomainStatus.Malformed;
    }
}

/// <summary>What DNS says of a domain's mail.</summary>
public enum MailDomainStatus
{
    /// <summary>There is an MX, A or AAAA record.</summary>
    Found,
    /// <summary>It says that it takes no mail (RFC 7505).</summary>
    NullMx,
    /// <summary>Its MX records name no host.</summary>
    Malformed,
    /// <summary>It has none of these records.</summary>
    NotFound,
    /// <summary>DNS could not say.</summary>
    Failure,
}
