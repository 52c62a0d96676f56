using System.Net;
using PolicyMTA.Sdk;

namespace PolicyMTA.Restrictions.Tests;

public sealed class AccessTests
{
    private readonly RestrictionBench _bench = new();

    [Theory]
    [InlineData("OK", "permit")]
    [InlineData("relay", "permit")]
    [InlineData("1234567890", "permit")]
    [InlineData("123", "permit")]
    [InlineData("DUNNO", "dunno")]
    [InlineData("dunno whatever", "dunno")]
    [InlineData("REJECT", "554 5.7.1 <joe@good.test>: Sender address rejected: Access denied")]
    [InlineData("reject no thanks", "554 5.7.1 <joe@good.test>: Sender address rejected: no thanks")]
    [InlineData("REJECT 5.7.9 no thanks", "554 5.7.9 <joe@good.test>: Sender address rejected: no thanks")]
    [InlineData("REJECT 4.7.9 no thanks", "554 5.7.9 <joe@good.test>: Sender address rejected: no thanks")]
    [InlineData("DEFER", "450 4.7.1 <joe@good.test>: Sender address rejected: Access denied")]
    [InlineData("DEFER come back", "450 4.7.1 <joe@good.test>: Sender address rejected: come back")]
    [InlineData("DEFER_IF_PERMIT", "if permit 450 4.7.1 <joe@good.test>: Sender address rejected: Service unavailable")]
    [InlineData("DEFER_IF_REJECT later", "if reject 450 4.7.1 <joe@good.test>: Sender address rejected: later")]
    [InlineData("550 5.7.23 SPF says no", "550 5.7.23 <joe@good.test>: Sender address rejected: SPF says no")]
    [InlineData("451 busy", "451 4.7.1 <joe@good.test>: Sender address rejected: busy")]
    [InlineData("550", "550 5.7.1 <joe@good.test>: Sender address rejected: Access denied")]
    [InlineData("FROBNICATE", "451 4.3.5 Server configuration error")]
    [InlineData("FILTER nowhere", "451 4.3.5 Server configuration error")]
    [InlineData("PREPEND no field", "451 4.3.5 Server configuration error")]
    [InlineData("", "451 4.3.5 Server configuration error")]
    public void Actions_that_decide(string action, string expected) =>
        Assert.Equal(expected, Framing.Show(AccessAction.Parse(action, item: RefusedItem.Sender), _bench, RefusedItem.Sender));

    [Theory]
    [InlineData("REJECT", "521 5.7.1 <joe@good.test>: Sender address rejected: Access denied")]
    [InlineData("DEFER", "432 4.7.1 <joe@good.test>: Sender address rejected: Access denied")]
    [InlineData("DEFER_IF_PERMIT", "if permit 432 4.7.1 <joe@good.test>: Sender address rejected: Service unavailable")]
    [InlineData("DEFER_IF_REJECT", "if reject 432 4.7.1 <joe@good.test>: Sender address rejected: Service unavailable")]
    public void Codes_are_those_that_are_configured(string action, string expected) =>
        Assert.Equal(expected, Framing.Show(AccessAction.Parse(action, rejectCode: 521, deferCode: 432, item: RefusedItem.Sender), _bench, RefusedItem.Sender));

    public static TheoryData<string, Verdict> ActionsThatGoOn => new()
    {
        { "HOLD", new Verdict.Hold("triggers HOLD action") },
        { "HOLD looks odd", new Verdict.Hold("looks odd") },
        { "DISCARD", new Verdict.Discard() },
        { "DISCARD spam", new Verdict.Discard("spam") },
        { "FILTER smtp:[127.0.0.1]:10025", new Verdict.Filter("smtp:[127.0.0.1]:10025") },
        { "REDIRECT trap@example.test", new Verdict.Redirect(new Address("trap", "example.test")) },
        { "BCC archive@example.test", new Verdict.Bcc(new Address("archive", "example.test")) },
        { "PREPEND X-Seen: yes", new Verdict.Prepend(new HeaderField("X-Seen", " yes")) },
        { "INFO seen", new Verdict.Log("seen", IsWarning: false) },
        { "WARN odd", new Verdict.Log("odd", IsWarning: true) },
    };

    [Theory]
    [MemberData(nameof(ActionsThatGoOn), DisableDiscoveryEnumeration = true)]
    public void Actions_that_go_on(string action, Verdict expected) => Assert.Equal(expected, AccessAction.Parse(action));

    [Theory]
    [InlineData("421 go away", true)]
    [InlineData("521 go away", true)]
    [InlineData("550 go away", false)]
    public void Some_codes_end_the_connection(string action, bool disconnects) =>
        Assert.Equal(disconnects, Assert.IsType<Verdict.Refuse>(AccessAction.Parse(action)).Disconnects);

    [Theory]
    [InlineData("user+ext@sub.example.test", "user+ext@sub.example.test user@sub.example.test sub.example.test example.test test user+ext@ user@")]
    [InlineData("user@example.test", "user@example.test example.test test user@")]
    [InlineData("postmaster", "postmaster@")]
    [InlineData("user@[192.0.2.1]", "user@[192.0.2.1] [192.0.2.1] user@")]
    public void Keys_of_an_address(string address, string expected) =>
        Assert.Equal(expected, string.Join(' ', AccessKeys.OfAddress(Address.FromInternal(address), "+", parentsMatch: true)));

    [Theory]
    [InlineData(true, "a.b.test b.test test")]
    [InlineData(false, "a.b.test .b.test .test")]
    public void Keys_of_a_host(bool parentsMatch, string expected) => Assert.Equal(expected, string.Join(' ', AccessKeys.OfHost("a.b.test", parentsMatch)));

    [Theory]
    [InlineData("192.0.2.10", "192.0.2.10 192.0.2 192.0 192")]
    [InlineData("2001:db8::1:2", "2001:db8::1:2 2001:db8::1 2001:db8 2001")]
    public void Keys_of_an_ip_address(string address, string expected) => Assert.Equal(expected, string.Join(' ', AccessKeys.OfAddress(IPAddress.Parse(address))));

    [Fact]
    public async Task The_null_sender_has_a_key_of_its_own()
    {
        _bench.Services.Contents["senders"] = new() { ["<>"] = "550 no bounces" };
        _bench.Sender = "";
        Assert.Equal("550 5.7.1 <>: Sender address rejected: no bounces", await _bench.AskAsync("check_sender_access", "senders"));
    }

    [Fact]
    public async Task A_client_is_looked_up_by_name_before_address()
    {
        _bench.Services.Contents["clients"] = new() { ["good.test"] = "OK", ["192.0.2"] = "REJECT" };
        Assert.Equal("permit", await _bench.AskAsync("check_client_access", "clients"));
        _bench.Client = _bench.Client with { Name = "unknown" };
        Assert.Equal("554 5.7.1 <unknown[192.0.2.10]>: Client host rejected: Access denied", await _bench.AskAsync("check_client_access", "clients"));
    }

    private static Tls WithCertificate => new() { Version = "TLSv1.3", Cipher = "TLS_AES_256_GCM_SHA384", Certificate = new ClientCertificate("laptop", "i", "AA:BB", "CC:DD", IsVerified: false) };

    [Theory]
    [InlineData("mail.good.test", "REJECT", "554 5.7.1 <mail.good.test>: Unverified Client host rejected: Access denied")]
    [InlineData("good.test", "DUNNO", "dunno")]
    [InlineData("192.0.2", "DEFER later", "450 4.7.1 <mail.good.test>: Unverified Client host rejected: later")]
    [InlineData("good.test", "OK", "451 4.3.5 Server configuration error")]
    [InlineData("192.0.2.10", "OK", "451 4.3.5 Server configuration error")]
    [InlineData("elsewhere.test", "REJECT", "dunno")]
    public async Task An_unverified_name_may_be_refused_but_never_permitted(string key, string action, string expected)
    {
        _bench.Services.Contents["t"] = new() { [key] = action };
        Assert.Equal(expected, await _bench.AskAsync("check_reverse_client_hostname_access", "t"));
    }

    [Theory]
    [InlineData("alice@example.test", "REJECT", "554 5.7.1 <alice@example.test>: SASL login name rejected: Access denied")]
    [InlineData("alice@example.test", "OK", "permit")]
    [InlineData("example.test", "REJECT", "dunno")]
    public async Task A_login_is_looked_up_whole(string key, string action, string expected)
    {
        _bench.Services.Contents["t"] = new() { [key] = action };
        Assert.Equal("dunno", await _bench.AskAsync("check_sasl_access", "t"));
        _bench.User = "alice@example.test";
        Assert.Equal(expected, await _bench.AskAsync("check_sasl_access", "t"));
    }

    [Theory]
    [InlineData("aa:bb", "REJECT", "554 5.7.1 <laptop>: Client certificate rejected: Access denied")]
    [InlineData("cc:dd", "OK", "permit")]
    [InlineData("ee:ff", "REJECT", "dunno")]
    public async Task A_certificate_is_looked_up_by_its_fingerprint_then_by_its_keys(string key, string action, string expected)
    {
        _bench.Services.Contents["t"] = new() { [key] = action };
        Assert.Equal("dunno", await _bench.AskAsync("check_ccert_access", "t"));
        _bench.Tls = WithCertificate;
        Assert.Equal(expected, await _bench.AskAsync("check_ccert_access", "t"));
    }

    [Theory]
    [InlineData("cert_fingerprint", "554 5.7.1 <laptop>: Client certificate rejected: certificate")]
    [InlineData("pubkey_fingerprint", "554 5.7.1 <laptop>: Client certificate rejected: key")]
    [InlineData("pubkey_fingerprint, cert_fingerprint", "554 5.7.1 <laptop>: Client certificate rejected: key")]
    public async Task Fingerprints_are_looked_up_in_the_order_that_is_asked_for(string order, string expected)
    {
        _bench.Services.Contents["t"] = new() { ["aa:bb"] = "REJECT certificate", ["cc:dd"] = "REJECT key" };
        _bench.Tls = WithCertificate;
        Assert.Equal(expected, await _bench.AskAsync("check_ccert_access", "t", new Dictionary<string, object?> { ["search_order"] = order }));
        Assert.Equal(expected, await _bench.AskAsync("check_ccert_access", "t", new Dictionary<string, object?> { ["search_order"] = order.Split(", ").ToList<object?>() }));
    }

    [Fact]
    public async Task Dunno_of_a_certificate_leaves_the_say_to_its_key()
    {
        _bench.Services.Contents["t"] = new() { ["aa:bb"] = "DUNNO", ["cc:dd"] = "OK" };
        _bench.Tls = WithCertificate;
        Assert.Equal("permit", await _bench.AskAsync("check_ccert_access", "t"));
    }

    [Theory]
    [InlineData("issuer_cn")]
    [InlineData("")]
    [InlineData(5)]
    public void An_order_that_makes_no_sense_is_an_error(object order)
    {
        _bench.Services.Contents["t"] = [];
        Assert.Throws<ConfigurationException>(() => _bench.Make("check_ccert_access", "t", new Dictionary<string, object?> { ["search_order"] = order }));
        Assert.Throws<ConfigurationException>(() => _bench.Make("check_ccert_access", "t", new Dictionary<string, object?> { ["order"] = "cert_fingerprint" }));
    }

    [Theory]
    [InlineData("check_reverse_client_hostname_access")]
    [InlineData("check_sasl_access")]
    [InlineData("check_ccert_access")]
    public void A_check_takes_one_table(string name)
    {
        _bench.Services.Contents["t"] = [];
        Assert.Throws<ConfigurationException>(() => _bench.Make(name));
        Assert.Throws<ConfigurationException>(() => _bench.Make(name, "t", "t"));
    }

    [Fact]
    public async Task A_failing_table_refuses_for_now_and_tells_the_log_why()
    {
        _bench.User = "alice";
        _bench.Tls = WithCertificate;
        _bench.Client = _bench.Client with { Name = "mx.test", ReverseName = "mx.test" };
        _bench.Helo = "mx.test";
        _bench.Sender = "joe@mx.test";
        _bench.Recipients = ["ann@mx.test"];
        _bench.Services.Zone.Add("mx.test", "192.0.2.7");
        _bench.Services.Zone.AddNs("mx.test", "mx.test");
        foreach (var name in _bench.Names.Where(n => n.StartsWith("check_", StringComparison.Ordinal) && n.EndsWith("_access", StringComparison.Ordinal)))
        {
            var refusal = Assert.IsType<Verdict.Refuse>(await _bench.CheckAsync(name, "fail:1"));
            Assert.EndsWith("rejected: Server configuration error", Framing.Show(refusal, _bench, RefusedItem.Recipient), StringComparison.Ordinal);
            Assert.Equal((451, "4.3.5", "table fail:1: it always fails"), (refusal.Code, refusal.Status.ToString(), refusal.Cause));
        }
    }

    [Fact]
    public void A_table_that_is_not_there_is_an_error() => Assert.Throws<ConfigurationException>(() => _bench.Make("check_helo_access", "hash:/nowhere"));

    [Theory]
    [InlineData("served.test", "554 5.7.1 <served.test>: Etrn command rejected: Access denied")]
    [InlineData("sub.served.test", "554 5.7.1 <sub.served.test>: Etrn command rejected: Access denied")]
    [InlineData("open.served.test", "permit")]
    [InlineData("[192.0.2.1]", "dunno")]
    public async Task The_domain_of_etrn_is_looked_up_with_its_parents(string domain, string expected)
    {
        var bench = new RestrictionBench { Etrn = domain };
        bench.Services.Contents["t"] = new() { ["served.test"] = "REJECT", ["open.served.test"] = "OK" };
        Assert.Equal(expected, await bench.AskAsync("check_etrn_access", "t"));
    }
}
