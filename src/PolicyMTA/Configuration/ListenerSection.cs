using System.Net;
using PolicyMTA.Receiving;

namespace PolicyMTA.Configuration;

/// <summary>A section <c>[listeners.NAME]</c>.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Address">Where it listens: an <see cref="IPEndPoint"/> or a <see cref="System.Net.Sockets.UnixDomainSocketEndPoint"/>.</param>
/// <param name="Protocol">What it speaks.</param>
/// <param name="Tls">How TLS comes about.</param>
/// <param name="Policies">The folder of policies that overrides the common ones.</param>
/// <param name="Parameters">The common parameters with the listener's own over them.</param>
/// <param name="Position">Where the section stands.</param>
internal sealed record ListenerSection(string Name, EndPoint Address, ListenerProtocol Protocol, ListenerTls Tls, string Policies, Parameters Parameters, SourcePosition Position)
{
    /// <summary>More addresses of it, when <c>inet_interfaces</c> names several.</summary>
    public IReadOnlyList<EndPoint> Further { get; init; } = [];
    /// <summary>The file mode of its unix socket; null: whatever the process's umask leaves.</summary>
    public UnixFileMode? Mode { get; init; }
    /// <summary>What serves it in another protocol; null for sessions.</summary>
    public string? Service { get; init; }
    /// <summary>The set of policies that another server asks there (<c>service = "policy"</c> or <c>"policy:SET"</c>); null when none does.</summary>
    public string? DelegatedPolicies => Service == "policy" ? "" : Service?.StartsWith("policy:", StringComparison.Ordinal) == true ? Service["policy:".Length..] : null;
    /// <summary>Clients of its unix socket are of <c>mynetworks</c>.</summary>
    public bool TrustsUnixClients { get; init; }
}

