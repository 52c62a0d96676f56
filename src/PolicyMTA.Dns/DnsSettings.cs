using System.Net;

namespace PolicyMTA.Dns;

/// <summary>How names are asked for. An immutable value.</summary>
public sealed record DnsSettings
{
    /// <summary>The servers to ask, in order; null: those of <c>/etc/resolv.conf</c>. With none at all every question fails at once.</summary>
    public IReadOnlyList<IPEndPoint>? Nameservers { get; init; }
    /// <summary>How long one server may take for one try.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(3);
    /// <summary>How often a question is repeated after its first try.</summary>
    public int Retries { get; init; } = 2;
    /// <summary>How long a question may take in all.</summary>
    public TimeSpan Deadline { get; init; } = TimeSpan.FromSeconds(15);
    /// <summary>How many answers are remembered.</summary>
    public int CacheSize { get; init; } = 50_000;
    /// <summary>The file that names nameservers.</summary>
    public string ResolvConf { get; init; } = "/etc/resolv.conf";
    /// <summary>The file that names this machine's own loopback addresses.</summary>
    public string Hosts { get; init; } = "/etc/hosts";
}
