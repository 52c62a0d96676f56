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
        var settings = session.Service.Tls;
        var isMandatory = session.Service.TlsRequired || session.Listener.Tls == ListenerTls.Implicit;
        var listener = session.Listener;
        try
        {
            await connection.StartTlsAsync(name => Options((listener.NamedCertificates.Find(name) ?? listener.Certificate!).Context), !listener.NamedCertificates.IsEmpty, settings.HandshakeTimeout);
        }
        catch (Exception failure) when (failure is AuthenticationException or IOException or OperationCanceledException)
        {
            SmtpSession.Log.TlsFailed(services.Log, session.Facts.Client.ToString(), failure.GetBaseException().Message);
            return null;
        }
        var tls = Describe(connection.Tls!, settings);
        if (settings.LogsHandshakes) SmtpSession.Log.TlsEstablished(services.Log, Trust(tls), session.Facts.Client, tls.Version, tls.Cipher, tls.Bits, tls.Bits);
        return tls;

        SslServerAuthenticationOptions Options(SslStreamCertificateContext certificate)
        {
            var options = new SslServerAuthenticationOptions
            {
                ServerCertificateContext = certificate,
                EnabledSslProtocols = isMandatory ? settings.MandatoryProtocols : settings.Protocols,
            };
            ClientCertificates.Ask(options, settings, isMandatory);
            return options;
        }
    }

    private static string Trust(Tls tls) => tls.Certificate switch { null => "Anonymous", { IsVerified: true } => "Trusted", _ => "Untrusted" };

    private static Tls Describe(SslStream stream, TlsSettings settings) => new()
    {
        Version = stream.SslProtocol switch
        {
            SslProtocols.Tls13 => "TLSv1.3",
            SslProtocols.Tls12 => "TLSv1.2",
#pragma warning disable SYSLIB0039, CA5397 // only named here: the configuration says what is spoken
            SslProtocols.Tls11 => "TLSv1.1",
#pragma warning restore SYSLIB0039, CA5397
            _ => "TLSv1",
        },
        Cipher = CipherName.Of(stream.NegotiatedCipherSuite),
        Bits = CipherName.Bits(stream.NegotiatedCipherSuite),
        Certificate = ClientCertificates.Describe(stream, settings),
        ServerName = stream.TargetHostName is { Length: > 0 } name ? name : null,
    };
}
