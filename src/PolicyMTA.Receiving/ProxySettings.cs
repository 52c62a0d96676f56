using PolicyMTA.Addressing;

namespace PolicyMTA.Receiving;

/// <summary>A listener behind a proxy (<c>smtpd_upstream_proxy_protocol = haproxy</c>): each connection begins with the PROXY protocol's header. An immutable value.</summary>
public sealed record ProxySettings
{
    /// <summary><c>smtpd_upstream_proxy_timeout</c>: how long the header may take.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);
    /// <summary><c>smtpd_upstream_proxy_networks</c>: who may be a proxy; null: whoever reaches the listener.</summary>
    public NetworkList? Networks { get; init; }
}
