using System.Net.Security;
using System.Security.Authentication;
using PolicyMTA.Sdk;

namespace PolicyMTA.Receiving.Sessions;

/// <summary>TLS as the server, after STARTTLS or from the first byte: one piece of code for both.</summary>
internal static class TlsHandshake
{
    /// <summary>Shakes hands and gives what rules may know of it; null when it failed, with the reason in the log.</summary>
    internal static async ValueTask<Tls?> ShakeAsync(SmtpConnection connection, SessionState session, ReceivingServices services)
    {
        var options = new SslServerAuthenticationOptions
        {
            ServerCertificateContext = session.Listener.Certificate,
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        };
        try
        {
            await connection.StartTlsAsync(options, session.Service.Timeout);
        }
        catch (Exception failure) when (failure is AuthenticationException or IOException or OperationCanceledException)
        {
            SmtpSession.Log.TlsFailed(services.Log, session.Facts.Client.ToString(), failure.GetBaseException().Message);
            return null;
        }
        var tls = connection.Tls!;
        var serverName = tls.TargetHostName is { Length: > 0 } name ? name : null;
        return new Tls
        {
            Version = tls.SslProtocol == SslProtocols.Tls13 ? "TLSv1.3" : "TLSv1.2",
            Cipher = tls.NegotiatedCipherSuite.ToString(),
            Bits = Bits(tls.NegotiatedCipherSuite),
            ServerName = serverName,
        };
    }

    private static int Bits(TlsCipherSuite suite) => suite.ToString() switch
    {
        var name when name.Contains("256", StringComparison.Ordinal) && !name.Contains("128", StringComparison.Ordinal) => 256,
        var name when name.Contains("CHACHA20", StringComparison.Ordinal) => 256,
        _ => 128,
    };
}
