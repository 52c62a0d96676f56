using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using PolicyMTA.Receiving.Sessions;

namespace PolicyMTA.Receiving.Tests;

/// <summary>Versions, ciphers and traces of TLS, with real handshakes on loopback.</summary>
public sealed class TlsTests
{
#pragma warning disable SYSLIB0039, CA5397, CA5398 // to see what is spoken
    private const SslProtocols Modern = SslProtocols.Tls12 | SslProtocols.Tls13;

    [Theory]
    [InlineData(TlsCipherSuite.TLS_AES_256_GCM_SHA384, "TLS_AES_256_GCM_SHA384", 256)]
    [InlineData(TlsCipherSuite.TLS_AES_128_GCM_SHA256, "TLS_AES_128_GCM_SHA256", 128)]
    [InlineData(TlsCipherSuite.TLS_CHACHA20_POLY1305_SHA256, "TLS_CHACHA20_POLY1305_SHA256", 256)]
    [InlineData(TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, "ECDHE-RSA-AES256-GCM-SHA384", 256)]
    [InlineData(TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256, "ECDHE-ECDSA-AES128-SHA256", 128)]
    [InlineData(TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, "ECDHE-ECDSA-CHACHA20-POLY1305", 256)]
    [InlineData(TlsCipherSuite.TLS_RSA_WITH_AES_256_CBC_SHA, "AES256-SHA", 256)]
    [InlineData(TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_CCM_8, "ECDHE-ECDSA-AES256-CCM8", 256)]
    public void Ciphers_are_named_as_openssl_does(TlsCipherSuite suite, string name, int bits)
    {
        Assert.Equal(name, CipherName.Of(suite));
        Assert.Equal(bits, CipherName.Bits(suite));
    }

    [Theory]
    [InlineData("smtp", false, SslProtocols.Tls12)]
    [InlineData("smtp", true, SslProtocols.Tls13)]
    [InlineData("submissions", false, SslProtocols.Tls13)]
    public async Task Mandatory_protocols_hold_where_tls_is_a_must(string listener, bool required, SslProtocols expected)
    {
        await using var server = await ReceivingServer.StartAsync(s => s with
        {
            TlsRequired = required,
            Tls = new TlsSettings { Protocols = SslProtocols.Tls12, MandatoryProtocols = SslProtocols.Tls13 },
        });
        Assert.Equal(expected, await ShakeAsync(server, listener, Modern));
        await Assert.ThrowsAnyAsync<Exception>(() => ShakeAsync(server, listener, Modern & ~expected));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_received_field_tells_of_tls_when_it_should(bool tells)
    {
        await using var server = await ReceivingServer.StartAsync(s => s with { Tls = new TlsSettings { InReceivedField = tells } });
        await server.PlayAsync("""
            S: 220 *
            C: EHLO client.example
            S: ...
            C: MAIL FROM:<a@client.example>
            S: 250 *
            C: RCPT TO:<alice@example.test>
            S: 250 *
            C: DATA
            S: 354 *
            C: Subject: x
            C:
            C: .
            S: 250 *
            """, "submissions");
        var content = await server.ContentAsync(Assert.Single(await server.QueuedAsync()));
        Assert.Equal(tells, content.Contains("\t(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits))\r\n\t(No client certificate requested)\r\n\tby ", StringComparison.Ordinal));
        Assert.Equal(tells, content.Contains("(using TLS", StringComparison.Ordinal));
    }

    private static async Task<SslProtocols> ShakeAsync(ReceivingServer server, string listener, SslProtocols offered)
    {
        using var client = new TcpClient();
        await client.ConnectAsync((IPEndPoint)server.Receiver.EndPoints[listener]);
        var stream = client.GetStream();
        if (listener == "smtp")
        {
            await ReadLineAsync(stream);
            await stream.WriteAsync("STARTTLS\r\n"u8.ToArray());
            Assert.StartsWith("220 2.0.0", await ReadLineAsync(stream), StringComparison.Ordinal);
        }
        await using var tls = new SslStream(stream, leaveInnerStreamOpen: false);
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "example.test",
            EnabledSslProtocols = offered,
            RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate?.Subject == "CN=example.test",
        });
        await tls.WriteAsync("NOOP\r\n"u8.ToArray());
        Assert.Matches("^[25]", await ReadLineAsync(tls));
        return tls.SslProtocol;
    }

    private static async Task<string> ReadLineAsync(Stream stream)
    {
        var line = new StringBuilder();
        var one = new byte[1];
        while (await stream.ReadAsync(one) == 1 && one[0] != '\n') line.Append((char)one[0]);
        return line.ToString();
    }
}
