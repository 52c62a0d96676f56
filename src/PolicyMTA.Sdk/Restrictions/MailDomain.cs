namespace PolicyMTA.Sdk;

/// <summary>Whether a domain can have mail: the question behind <c>reject_unknown_sender_domain</c> and its kin.</summary>
public static class MailDomain
{
    /// <summary>Asks for MX, then for addresses. Never throws for what DNS says.</summary>
    public static async ValueTask<MailDomainStatus> FindAsync(IDnsResolver dns, string name, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(dns);
        var domain = HostName.WithoutRoot(name).ToString();
        if (domain.Length == 0 || HostName.IsAddress(domain)) return MailDomainStatus.NotFound;
        var exchangers = await dns.FindMxAsync(domain, cancellationToken);
        if (exchangers.IsFound) return exchangers.Records is [{ Host: "" or "." }] ? MailDomainStatus.NullMx : MailDomainStatus.Found;
        if (exchangers.Status == DnsStatus.NoSuchName) return MailDomainStatus.NotFound;
        var failed = exchangers.IsFailure;
        var ipv4 = await dns.FindIpv4Async(domain, cancellationToken);
        if (ipv4.IsFound) return MailDomainStatus.Found;
        var ipv6 = await dns.FindIpv6Async(domain, cancellationToken);
        if (ipv6.IsFound) return MailDomainStatus.Found;
        return failed || ipv4.IsFailure || ipv6.IsFailure ? MailDomainStatus.Failure : MailDomainStatus.NotFound;
    }
}

/// <summary>What DNS says of a domain's mail.</summary>
public enum MailDomainStatus
{
    /// <summary>There is an MX, A or AAAA record.</summary>
    Found,
    /// <summary>It says that it takes no mail (RFC 7505).</summary>
    NullMx,
    /// <summary>It has none of these records.</summary>
    NotFound,
    /// <summary>DNS could not say.</summary>
    Failure,
}
