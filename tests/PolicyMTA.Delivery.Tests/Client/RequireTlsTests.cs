using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using PolicyMTA.Delivery.Tests.Support;
using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Tests.Client;

/// <summary>RFC 8689: the message goes over verified TLS to a server that takes the parameter, or not at all.</summary>
public sealed class RequireTlsTests
{
    private const string Plain = "S: 220 hi\nC: EHLO *\nS: 250-hi\nS: 250 PIPELINING\n";
    private const string Offer = "S: 220 hi\nC: EHLO *\nS: 250-hi\nS: 250-STARTTLS\nS: 250 PIPELINING\nC: STARTTLS\nS: 220 go\nTLS\n";
    private const string Taken = "C: RCPT *\nC: DATA\nS: 250 ok\nS: 250 ok\nS: 354 go\nC: ...\nS: 250 2.0.0 taken\n";
    private const string Good = Offer + "C: EHLO *\nS: 250-hi\nS: 250-REQUIRETLS\nS: 250 PIPELINING\nC: MAIL FROM:<joe@good.test> REQUIRETLS\n" + Taken;

    private static readonly X509Certificate2 Certificate = Make("mx1.test");

    [Fact]
    public async Task It_goes_over_verified_tls_with_its_parameter()
    {
        await using var server = ScriptedServer.Start(Good);
        server.Certificate = Certificate;
        var outcome = await SendAsync(server, Post.Message());
        Assert.Equal((DeliveryAction.Delivered, "250 2.0.0 taken"), (outcome.Action, outcome.Text));
        await server.FinishAsync();
    }

    [Theory]
    [InlineData(Plain + "HANG", "TLS was not offered by host")]
    [InlineData(Offer + "C: EHLO *\nS: 250-hi\nS: 250 PIPELINING\nHANG", "it was not offered by host")]
    public async Task A_server_that_lacks_it_gets_nothing_and_the_message_is_returned(string script, string reason)
    {
        await using var server = ScriptedServer.Start(script);
        server.Certificate = Certificate;
        var outcome = await SendAsync(server, Post.Message());
        Assert.Equal((DeliveryAction.Failed, "5.7.30"), (outcome.Action, outcome.Status.ToString()));
        Assert.StartsWith("REQUIRETLS support required: " + reason, outcome.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(server.Heard, l => l.StartsWith("MAIL", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_certificate_of_another_name_or_of_nobody_known_is_not_enough()
    {
        foreach (var certificate in new[] { Make("other.test"), Make("mx1.test") })
        {
            await using var server = ScriptedServer.Start(Offer + "HANG");
            server.Certificate = certificate;
            var outcome = await SendAsync(server, Post.Message(), trusts: certificate.Subject == "CN=other.test" ? certificate : Certificate);
            Assert.Equal((DeliveryAction.Failed, "5.7.30"), (outcome.Action, outcome.Status.ToString()));
            Assert.Contains("could not be verified", outcome.Text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_next_server_may_have_it()
    {
        await using var first = ScriptedServer.Start(Plain + "HANG");
        await using var second = ScriptedServer.StartAt(IPAddress.Parse("127.0.0.2"), first.Port, Good);
        second.Certificate = Make("mx2.test");
        var outcome = await SendAsync(first, Post.Message(), second.Certificate, hasBackup: true);
        Assert.Equal((DeliveryAction.Delivered, "mx2.test"), (outcome.Action, outcome.RemoteHost));
    }

    [Fact]
    public async Task A_server_that_is_down_may_have_it_later()
    {
        await using var first = ScriptedServer.Start(Plain + "HANG");
        var outcome = await SendAsync(first, Post.Message(), hasBackup: true);
        Assert.Equal((DeliveryAction.Deferred, "4.4.1"), (outcome.Action, outcome.Status.ToString()));
    }

    [Fact]
    public async Task A_report_is_not_lost_for_lack_of_it()
    {
        await using var server = ScriptedServer.Start(Plain + "C: MAIL FROM:<>\n" + Taken);
        var outcome = await SendAsync(server, Post.Message() with { Sender = Address.Null });
        Assert.Equal(DeliveryAction.Delivered, outcome.Action);
    }

    private static QueuedMessage Required(QueuedMessage message) => message with { Mail = new MailParameters { RequireTls = true } };

    private static async Task<RecipientOutcome> SendAsync(ScriptedServer server, QueuedMessage message, X509Certificate2? trusts = null, bool hasBackup = false)
    {
        var dns = new FakeDns().Mx("multi.test", 10, "mx1.test").Address("mx1.test", "127.0.0.1");
        if (hasBackup) dns.Mx("multi.test", 20, "mx2.test").Address("mx2.test", "127.0.0.2");
        await using var office = new Office(Office.Settings() with { Smtp = new ClientSettings { Port = server.Port, Tls = new ClientTls { TrustedRoots = [trusts ?? Certificate] } } }, dns);
        return (await office.SendAsync(Required(message), "multi.test", "smtp", "x@multi.test"))[0];
    }

    internal static X509Certificate2 Make(string name, int years = 30)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        var from = DateTimeOffset.FromUnixTimeSeconds(1_700_000_000);
        using var made = request.CreateSelfSigned(from, from.AddYears(years));
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pfx), null);
    }
}
