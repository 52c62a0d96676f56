using System.Net;

namespace PolicyMTA.Sdk;

/// <summary>DNS as the whole program sees it: cached, one query in flight per question, with a deadline.</summary>
/// <remarks>Thread-safe. Names are given without a closing dot. Never throws for what DNS says: see <see cref="DnsAnswer{T}"/>.</remarks>
public interface IDnsResolver
{
    /// <summary>A records.</summary>
    ValueTask<DnsAnswer<IPAddress>> FindIpv4Async(string name, CancellationToken cancellationToken);
    /// <summary>AAAA records.</summary>
    ValueTask<DnsAnswer<IPAddress>> FindIpv6Async(string name, CancellationToken cancellationToken);
    /// <summary>MX records, by preference. A null MX (RFC 7505) is one record with an empty host.</summary>
    ValueTask<DnsAnswer<MxRecord>> FindMxAsync(string name, CancellationToken cancellationToken);
    /// <summary>NS records: the hosts that serve the zone.</summary>
    ValueTask<DnsAnswer<string>> FindNsAsync(string name, CancellationToken cancellationToken);
    /// <summary>TXT records, the strings of each joined without space.</summary>
    ValueTask<DnsAnswer<string>> FindTxtAsync(string name, CancellationToken cancellationToken);
    /// <summary>PTR names of an address.</summary>
    ValueTask<DnsAnswer<string>> FindPtrAsync(IPAddress address, CancellationToken cancellationToken);
    /// <summary>TLSA records (RFC 6698).</summary>
    ValueTask<DnsAnswer<TlsaRecord>> FindTlsaAsync(string name, CancellationToken cancellationToken);
}

/// <summary>What DNS said. An immutable value: three outcomes that must never be confused.</summary>
/// <param name="Status">Found, none or failure.</param>
/// <param name="Records">The records; empty unless found.</param>
/// <param name="IsAuthenticated">True when a trusted resolver validated it (AD).</param>
public sealed record DnsAnswer<T>(DnsStatus Status, IReadOnlyList<T> Records, bool IsAuthenticated = false)
{
    /// <summary>True when there is at least one record.</summary>
    public bool IsFound => Status == DnsStatus.Found;
    /// <summary>True when DNS could not say.</summary>
    public bool IsFailure => Status == DnsStatus.Failure;
}

/// <summary>The outcome of a DNS question.</summary>
public enum DnsStatus
{
    /// <summary>There are records.</summary>
    Found,
    /// <summary>The name exists without records of this type.</summary>
    NoData,
    /// <summary>The name does not exist.</summary>
    NoSuchName,
    /// <summary>A timeout or SERVFAIL: it could not be said now.</summary>
    Failure,
}

/// <summary>An MX record.</summary>
public sealed record MxRecord(int Preference, string Host);

/// <summary>A TLSA record.</summary>
public sealed record TlsaRecord(byte Usage, byte Selector, byte MatchingType, ReadOnlyMemory<byte> Data);
