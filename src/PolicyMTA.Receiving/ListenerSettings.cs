using System.Net;
using PolicyMTA.Sdk;

namespace PolicyMTA.Receiving;

/// <summary>How a listener speaks TLS.</summary>
public enum ListenerTls
{
    /// <summary>Not at all.</summary>
    None,
    /// <summary>After STARTTLS.</summary>
    StartTls,
    /// <summary>From the first byte (<c>smtpd_tls_wrappermode</c>).</summary>
    Implicit,
}

/// <summary>What a listener speaks.</summary>
public enum ListenerProtocol
{
    /// <summary>SMTP.</summary>
    Smtp,
    /// <summary>LMTP (RFC 2033).</summary>
    Lmtp,
}

/// <summary>One listener of a generation. An immutable value.</summary>
public sealed record ListenerSettings
{
    /// <summary>Its name: <c>smtp</c>, <c>submission</c>.</summary>
    public required string Name { get; init; }
    /// <summary>Where it listens: an <see cref="IPEndPoint"/> or a <see cref="System.Net.Sockets.UnixDomainSocketEndPoint"/>.</summary>
    public required EndPoint EndPoint { get; init; }
    /// <summary>Further addresses of the same listener: <c>inet_interfaces</c> may name several.</summary>
    public IReadOnlyList<EndPoint> FurtherEndPoints { get; init; } = [];
    /// <summary>The file mode of a unix socket: who may connect.</summary>
    public UnixFileMode? SocketMode { get; init; }
    /// <summary>The folder of a unix socket is made when it is not there, for our user alone.</summary>
    public bool MakesFolder { get; init; }
    /// <summary>Clients of a unix socket count as of <c>mynetworks</c>.</summary>
    public bool TrustsUnixClients { get; init; }
    /// <summary>What it speaks.</summary>
    public ListenerProtocol Protocol { get; init; }
    /// <summary>Who serves its connections in another protocol; null: they are sessions of <see cref="Protocol"/>.</summary>
    public IConnectionService? ConnectionService { get; init; }
    /// <summary>How it speaks TLS.</summary>
    public ListenerTls Tls { get; init; }
    /// <summary>The set of policies its sessions follow.</summary>
    public string PolicySet { get; init; } = "";
    /// <summary>The certificate; null only without TLS.</summary>
    public ServerCertificate? Certificate { get; init; }
    /// <summary>Certificates for clients that ask for a name.</summary>
    public CertificateNames NamedCertificates { get; init; } = CertificateNames.None;
    /// <summary>The proxy before it; null: clients connect themselves.</summary>
    public ProxySettings? Proxy { get; init; }
    /// <summary>What its sessions do, with this listener's overrides.</summary>
    public required SmtpServiceSettings Service { get; init; }
    /// <summary>What sessions do that begin under stress: <c>${stress?{…}:{…}}</c> chose otherwise.</summary>
    public SmtpServiceSettings Stressed { get => field ?? Service; init; }
}
