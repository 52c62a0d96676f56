using System.Security.Authentication;

namespace PolicyMTA.Delivery.Client.Tls;

/// <summary>What logs call the versions of TLS.</summary>
internal static class TlsNames
{
    public static string Version(SslProtocols protocol) => protocol switch
    {
        SslProtocols.Tls13 => "TLSv1.3",
        SslProtocols.Tls12 => "TLSv1.2",
#pragma warning disable SYSLIB0039, CA5397 // only their names
        SslProtocols.Tls11 => "TLSv1.1",
        SslProtocols.Tls => "TLSv1",
#pragma warning restore SYSLIB0039, CA5397
        _ => protocol.ToString(),
    };
}
