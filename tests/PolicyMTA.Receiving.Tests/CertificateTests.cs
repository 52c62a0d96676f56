using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using PolicyMTA.Testing;

namespace PolicyMTA.Receiving.Tests;

/// <summary>Which certificate a client is shown, and what its own says of it.</summary>
public sealed class CertificateTests
{
    private static readonly DateTimeOffset Begin = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero), End = new(2120, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static X509Certificate2 Make(string name, X509Certificate2? issuer = null)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        if (issuer is null) request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        else request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.2")], false));
        if (issuer is null) return request.CreateSelfSigned(Begin, End);
        using var signed = request.Create(issuer, Begin.AddDays(1), End.AddDays(-1), RandomNumberGenerator.GetBytes(8));
        return signed.CopyWithPrivateKey(key);
    }

    private static ServerCertificate Serve(string name) => new(SslStreamCertificateContext.Create(Make(name), null, offline: true));

    /// <summary>The name on the certificate that a client is shown who asks for one.</summary>
    private static async Task<string> ShownAsync(ReceivingServer server, string asks)
    {
        using var client = new TcpClient();
        await client.ConnectAsync((IPEndPoint)server.Receiver.EndPoints["submissions"]);
        var shown = "";
        await using var tls = new SslStream(client.GetStream(), false, (_, certificate, _, _) => (shown = certificate!.Subject).Length > 0);
        await tls.AuthenticateAsClientAsync(asks);
        return shown;
    }

    [Theory]
    [InlineData("mail.example.org", "CN=mail.example.org")]
    [InlineData("MAIL.example.org", "CN=mail.example.org")]
    [InlineData("any.example.net", "CN=*.example.net")]
    [InlineData("two.labels.example.net", "CN=own")]
    [InlineData("example.net", "CN=own")]
    [InlineData("other.example", "CN=own")]
    public async Task A_client_is_shown_the_certificate_of_the_name_it_asks_for(string asks, string shown)
    {
        var names = new CertificateNames(new Dictionary<string, ServerCertificate> { ["mail.example.org"] = Serve("mail.example.org"), ["*.example.net"] = Serve("*.example.net") });
        await using var server = await ReceivingServer.StartAsync(listen: l => l with { Certificate = Serve("own"), NamedCertificates = names });
        Assert.Equal(shown, await ShownAsync(server, asks));
    }

    [Fact]
    public async Task A_renewed_certificate_is_shown_to_the_next_client_and_sessions_go_on()
    {
        var certificate = Serve("old");
        await using var server = await ReceivingServer.StartAsync(listen: l => l with { Certificate = certificate });
        await using var dialogue = await Dialogue.OpenAsync(server.Receiver.EndPoints["smtp"]);
        await dialogue.PlayAsync("""
            S: 220 *
            C: EHLO client.example
            S: ...
            C: STARTTLS
            S: 220 *
            TLS
            C: NOOP
            S: 250 *
            """);
        Assert.Equal("CN=old", await ShownAsync(server, "x"));
        certificate.Renew(SslStreamCertificateContext.Create(Make("new"), null, offline: true));
        Assert.Equal("CN=new", await ShownAsync(server, "x"));
        await dialogue.PlayAsync("""
            C: NOOP
            S: 250 *
            """);
    }

    [Theory]
    [InlineData(true, "554 5.7.1 <unknown[127.0.0.1]>: Client host rejected: friend by ours, verified true")]
    [InlineData(false, "554 5.7.1 <unknown[127.0.0.1]>: Client host rejected: friend by theirs, verified false")]
    public async Task Policies_see_the_clients_certificate(bool isTrusted, string reply)
    {
        var (ours, theirs) = (Make("ours"), Make("theirs"));
        var policies = new Dictionary<string, string>(Rules.Default)
        {
            ["client.js"] = "import { reject } from 'policymta'; export default [({ tls }) => reject(`${tls.client_cert.subject} by ${tls.client_cert.issuer}, verified ${tls.client_cert.verified}`)];",
        };
        await using var server = await ReceivingServer.StartAsync(s => s with { Tls = s.Tls with { AsksForCertificates = true, Authorities = [ours] } }, policies);
        Assert.Equal(reply, await RefusedAsync(server, Make("friend", isTrusted ? ours : theirs)));
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(false, false)]
    public async Task Where_a_certificate_is_required_only_trusted_ones_go_on(bool isTrusted, bool goesOn)
    {
        var (ours, theirs) = (Make("ours"), Make("theirs"));
        await using var server = await ReceivingServer.StartAsync(s => s with { Tls = s.Tls with { AsksForCertificates = true, RequiresCertificates = true, Authorities = [ours] } });
        Assert.Equal(goesOn, await IsGreetedAsync(server, Make("friend", isTrusted ? ours : theirs)));
        Assert.False(await IsGreetedAsync(server, null));
    }

    private static async Task<bool> IsGreetedAsync(ReceivingServer server, X509Certificate2? own)
    {
        using var client = new TcpClient();
        await client.ConnectAsync((IPEndPoint)server.Receiver.EndPoints["submissions"]);
        try
        {
            await using var tls = await ShakeAsync(client, own);
            using var reader = new StreamReader(tls);
            return (await reader.ReadLineAsync())?.StartsWith("220 ", StringComparison.Ordinal) == true;
        }
        catch (Exception refused) when (refused is IOException or AuthenticationException)
        {
            return false;
        }
    }

    private static async Task<string> RefusedAsync(ReceivingServer server, X509Certificate2 own)
    {
        using var client = new TcpClient();
        await client.ConnectAsync((IPEndPoint)server.Receiver.EndPoints["submissions"]);
        await using var tls = await ShakeAsync(client, own);
        using var reader = new StreamReader(tls);
        await reader.ReadLineAsync();
        foreach (var command in new[] { "HELO client.example", "MAIL FROM:<a@client.example>", "RCPT TO:<alice@example.test>" })
        {
            await tls.WriteAsync(System.Text.Encoding.ASCII.GetBytes(command + "\r\n"));
            if (command[0] != 'R') await reader.ReadLineAsync();
        }
        return await reader.ReadLineAsync() ?? "";
    }

    private static async Task<SslStream> ShakeAsync(TcpClient client, X509Certificate2? own)
    {
        var tls = new SslStream(client.GetStream(), false, (_, certificate, _, _) => certificate is not null);
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "example.test", ClientCertificateContext = own is null ? null : SslStreamCertificateContext.Create(own, null, offline: true) });
        return tls;
    }
}
