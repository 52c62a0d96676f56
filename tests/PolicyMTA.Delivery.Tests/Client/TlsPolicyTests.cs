using System.Net;
using System.Security.Cryptography.X509Certificates;
using PolicyMTA.Delivery.Client.Tls;
using PolicyMTA.Delivery.Tests.Support;
using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Tests.Client;

/// <summary>Levels by next hop, and what a certificate must show at <c>verify</c> and <c>secure</c>.</summary>
public sealed class TlsPolicyTests
{
    private const string Tls = "S: 220 hi\nC: EHLO *\nS: 250-hi\nS: 250 STARTTLS\nC: STARTTLS\nS: 220 go\nTLS\n";
    private const string Session = "C: EHLO *\nS: 250-hi\nS: 250 PIPELINING\nC: MAIL *\nC: RCPT *\nC: DATA\nS: 250 ok\nS: 250 ok\nS: 354 go\nC: ...\nS: 250 2.0.0 taken\n";

    [Theory]
    [InlineData("none", TlsLevel.None)]
    [InlineData("may protocols=>=TLSv1.2", TlsLevel.May)]
    [InlineData("encrypt ciphers=high", TlsLevel.Encrypt)]
    [InlineData("Verify match=a.test:b.test match=c.test", TlsLevel.Verify)]
    [InlineData("secure, match=nexthop, servername=x.test", TlsLevel.Secure)]
    public void Entry_is_read(string text, TlsLevel level)
    {
        Assert.True(TlsPolicyEntry.TryParse(text, out var entry, out _));
        Assert.Equal(level, entry.Level);
        if (level == TlsLevel.Verify) Assert.Equal("a.test:b.test:c.test", entry.Match);
    }

    [Theory]
    [InlineData("")]
    [InlineData("dane")]
    [InlineData("none match=a")]
    [InlineData("may match=a")]
    [InlineData("encrypt ciphers=export")]
    [InlineData("encrypt protocols=SSLv9")]
    [InlineData("encrypt protocols=SSLv3")]
    [InlineData("secure match=")]
    [InlineData("secure match")]
    [InlineData("secure tafile=/x")]
    public void Entry_that_can_not_be_honoured_is_an_error(string text)
    {
        Assert.False(TlsPolicyEntry.TryParse(text, out _, out var error));
        Assert.NotEqual("", error);
    }

    [Fact]
    public void Entries_of_any_text_are_read_or_refused()
    {
        var random = new Random(7435);
        string[] words = ["none", "may", "encrypt", "verify", "secure", "match=", "a.test", ":", ",", " ", "protocols=", ">=TLSv1.2", "!", "ciphers=high", "=", "\0", "ü", "servername="];
        for (var i = 0; i < 5_000; i++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(8)).Select(_ => words[random.Next(words.Length)]));
            if (TlsPolicyEntry.TryParse(text, out var entry, out var error)) Assert.True(entry.Match is null || entry.Level >= TlsLevel.Verify, text);
            else Assert.NotEqual("", error);
        }
    }

    [Theory]
    [InlineData("[mx.a.test]:587", TlsLevel.Encrypt)]
    [InlineData("mx.a.test", TlsLevel.Verify)]
    [InlineData("deep.a.test", TlsLevel.Secure)]
    [InlineData("A.Test", TlsLevel.None)]
    [InlineData("[deep.a.test]:25", TlsLevel.May)]
    [InlineData("b.test", TlsLevel.May)]
    public async Task Next_hop_is_asked_for_as_written_and_a_domain_by_its_parents(string nextHop, TlsLevel level)
    {
        var tls = new ClientTls { PolicyMaps = [new FakeTable(("[mx.a.test]:587", "encrypt"), ("mx.a.test", "verify"), (".a.test", "secure"), ("a.test", "none"))] };
        var (requirement, failure, _) = await TlsPolicyFinder.FindAsync(tls, nextHop, CancellationToken.None);
        Assert.Equal((level, null), (requirement!.Level, failure));
    }

    [Theory]
    [InlineData("dane-only", "4.7.5", "client TLS configuration problem")]
    [InlineData("!", "4.3.0", "Temporary lookup error")]
    public async Task Policy_that_nobody_can_tell_keeps_the_mail(string entry, string status, string text)
    {
        await using var office = new Office(Office.Settings() with { Smtp = new ClientSettings { Tls = new ClientTls { PolicyMaps = [new FakeTable(("[127.0.0.1]:1", entry))] } } });
        var outcome = await office.SendAsync("[127.0.0.1]:1", "x@remote.test");
        Assert.Equal((DeliveryAction.Deferred, status, text), (outcome.Action, outcome.Status.ToString(), outcome.Text));
    }

    [Theory]
    [InlineData("mx.a.test", "mx.a.test", true)]
    [InlineData("MX.a.test", "mx.A.test", true)]
    [InlineData("mx.a.test", "a.test", false)]
    [InlineData("*.a.test", "mx.a.test", true)]
    [InlineData("*.a.test", "deep.mx.a.test", false)]
    [InlineData("*.a.test", "a.test", false)]
    [InlineData("*.test", "a.test", false)]
    [InlineData("mx.a.test", ".a.test", true)]
    [InlineData("*.a.test", ".a.test", true)]
    [InlineData("a.test", ".a.test", false)]
    [InlineData("nota.test", ".a.test", false)]
    public void Name_fits(string name, string wanted, bool fits) => Assert.Equal(fits, CertificateNames.Fits(name, wanted));

    [Theory]
    [InlineData(TlsLevel.Verify, "mx1.test", true)]
    [InlineData(TlsLevel.Verify, "multi.test", false)]
    [InlineData(TlsLevel.Secure, "multi.test", true)]
    [InlineData(TlsLevel.Secure, "in.multi.test", true)]
    [InlineData(TlsLevel.Secure, "mx1.test", false)] // DNS alone says that it is the right host
    public async Task Certificate_is_of_the_host_or_of_the_next_hop(TlsLevel level, string name, bool isGood)
    {
        var certificate = RequireTlsTests.Make(name);
        var outcome = await SendAsync(new ClientTls { Level = level, TrustedRoots = [certificate] }, certificate, isGood);
        if (isGood) Assert.Equal(DeliveryAction.Delivered, outcome.Action);
        else Assert.Equal((DeliveryAction.Deferred, "4.7.5", "Server certificate not verified"), (outcome.Action, outcome.Status.ToString(), outcome.Text));
    }

    [Fact]
    public async Task Policy_may_name_the_certificate()
    {
        var certificate = RequireTlsTests.Make("other.example");
        var tls = new ClientTls { PolicyMaps = [new FakeTable(("multi.test", "secure match=.example"))], TrustedRoots = [certificate] };
        Assert.Equal(DeliveryAction.Delivered, (await SendAsync(tls, certificate, isGood: true)).Action);
    }

    [Theory]
    [InlineData(TlsLevel.Verify, true, 30)] // signed by nobody we know
    [InlineData(TlsLevel.Verify, false, 1)] // expired
    [InlineData(TlsLevel.Secure, true, 30)]
    public async Task Certificate_that_is_not_trusted_keeps_the_mail(TlsLevel level, bool isForeign, int years)
    {
        var certificate = RequireTlsTests.Make("mx1.test", years);
        var roots = isForeign ? RequireTlsTests.Make("mx1.test") : certificate;
        var outcome = await SendAsync(new ClientTls { Level = level, TrustedRoots = [roots] }, certificate, isGood: false);
        Assert.Equal((DeliveryAction.Deferred, "4.7.5", "Server certificate not trusted"), (outcome.Action, outcome.Status.ToString(), outcome.Text));
    }

    [Fact]
    public async Task Expired_certificate_is_good_enough_to_encrypt() =>
        Assert.Equal(DeliveryAction.Delivered, (await SendAsync(new ClientTls { Level = TlsLevel.Encrypt }, RequireTlsTests.Make("other.test", 1), isGood: true)).Action);

    [Fact]
    public async Task Wrapper_mode_shakes_hands_before_the_greeting()
    {
        await using var server = ScriptedServer.Start("TLS\nS: 220 hi\n" + Session, "S: 220 plain text\nHANG");
        await using var office = new Office(Office.Settings() with { Smtp = new ClientSettings { Tls = new ClientTls { IsImplicit = true }, ConnectionCacheTime = TimeSpan.Zero } });
        Assert.Equal(DeliveryAction.Delivered, (await office.SendAsync($"[127.0.0.1]:{server.Port}", "x@remote.test")).Action);
        var outcome = await office.SendAsync($"[127.0.0.1]:{server.Port}", "x@remote.test");
        Assert.Equal((DeliveryAction.Deferred, "4.7.5"), (outcome.Action, outcome.Status.ToString()));
    }

    [Fact]
    public async Task Kept_connection_of_a_lower_level_is_not_good_enough()
    {
        var certificate = RequireTlsTests.Make("localhost");
        await using var server = ScriptedServer.Start(Tls + Session, Tls + "HANG") ;
        server.Certificate = certificate;
        var dns = new FakeDns().Address("a.test", "127.0.0.1").Address("b.test", "127.0.0.1");
        var tls = new ClientTls { PolicyMaps = [new FakeTable(("b.test", "secure"))], TrustedRoots = [certificate] };
        await using var office = new Office(Office.Settings() with { Smtp = new ClientSettings { Port = server.Port, Tls = tls } }, dns);
        Assert.Equal(DeliveryAction.Delivered, (await office.SendAsync("a.test", "x@a.test")).Action);
        Assert.Equal("Server certificate not verified", (await office.SendAsync("b.test", "x@b.test")).Text);
    }

    private static async Task<RecipientOutcome> SendAsync(ClientTls tls, X509Certificate2 certificate, bool isGood)
    {
        await using var server = ScriptedServer.StartAt(IPAddress.Loopback, 0, Tls + (isGood ? Session : "HANG"));
        server.Certificate = certificate;
        var dns = new FakeDns().Mx("multi.test", 10, "mx1.test").Address("mx1.test", "127.0.0.1");
        await using var office = new Office(Office.Settings() with { Smtp = new ClientSettings { Port = server.Port, Tls = tls } }, dns);
        var outcome = await office.SendAsync("multi.test", "x@multi.test");
        if (!isGood) Assert.DoesNotContain(server.Heard, l => l.StartsWith("MAIL", StringComparison.Ordinal));
        return outcome;
    }
}
