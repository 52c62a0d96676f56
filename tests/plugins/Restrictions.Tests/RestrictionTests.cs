using System.Net;
using PolicyMTA.Sdk;

namespace PolicyMTA.Restrictions.Tests;

public sealed class RestrictionTests
{
    private readonly RestrictionBench _bench = new();

    public RestrictionTests()
    {
        _bench.Services.Domains["example.test"] = AddressClass.VirtualMailbox;
        _bench.Services.Domains["localhost.localdomain"] = AddressClass.Local;
        _bench.Services.Domains["relayed.test"] = AddressClass.Relay;
        _bench.Services.Domains["alias.test"] = AddressClass.VirtualAlias;
        _bench.Services.Known.UnionWith(["alice@example.test", "bob@example.test"]);
        _bench.Services.Zone.AddMx("good.test", "mail.good.test");
        _bench.Services.Zone.Add("mail.good.test", "192.0.2.10");
        _bench.Services.Zone.Add("six.test", "2001:db8::1");
        _bench.Services.Zone.AddMx("nullmx.test", "");
        _bench.Services.Zone.AddTxt("txtonly.test", "v=spf1 -all");
        _bench.Services.Zone.Break("servfail.test");
    }

    [Theory]
    [InlineData("permit", "permit")]
    [InlineData("reject", "554 5.7.1 <alice@example.test>: Recipient address rejected: Access denied")]
    [InlineData("defer", "450 4.3.2 <alice@example.test>: Recipient address rejected: Try again later")]
    [InlineData("defer_if_permit", "if permit 450 4.7.0 <alice@example.test>: Recipient address rejected: defer_if_permit requested")]
    [InlineData("defer_if_reject", "if reject 450 4.7.0 <alice@example.test>: Recipient address rejected: defer_if_reject requested")]
    [InlineData("permit_mynetworks", "dunno")]
    [InlineData("permit_sasl_authenticated", "dunno")]
    [InlineData("permit_tls_clientcerts", "dunno")]
    [InlineData("permit_tls_all_clientcerts", "dunno")]
    [InlineData("permit_inet_interfaces", "dunno")]
    [InlineData("reject_plaintext_session", "450 4.7.1 Session encryption is required")]
    [InlineData("reject_unauth_pipelining", "dunno")]
    [InlineData("reject_multi_recipient_bounce", "dunno")]
    public async Task A_stranger_gets(string restriction, string expected) => Assert.Equal(expected, await _bench.AskAsync(restriction));

    [Fact]
    public async Task Mynetworks_permits_those_inside()
    {
        _bench.Client = _bench.Client with { IsInMyNetworks = true };
        Assert.Equal("permit", await _bench.AskAsync("permit_mynetworks"));
    }

    [Fact]
    public async Task A_login_is_permitted()
    {
        _bench.User = "alice@example.test";
        Assert.Equal("permit", await _bench.AskAsync("permit_sasl_authenticated"));
    }

    [Theory]
    [InlineData(true, "permit")]
    [InlineData(false, "dunno")]
    public async Task All_client_certificates_means_the_verified_ones(bool isVerified, string expected)
    {
        _bench.Tls = new Tls { Version = "TLSv1.3", Cipher = "TLS_AES_256_GCM_SHA384", Certificate = new ClientCertificate("c", "i", "AA:BB", "CC:DD", isVerified) };
        Assert.Equal(expected, await _bench.AskAsync("permit_tls_all_clientcerts"));
        Assert.Equal("dunno", await _bench.AskAsync("reject_plaintext_session"));
    }

    [Theory]
    [InlineData("aa:bb", "permit")]
    [InlineData("cc:dd", "permit")]
    [InlineData("ee:ff", "dunno")]
    public async Task A_known_fingerprint_of_certificate_or_key_is_permitted(string known, string expected)
    {
        _bench.Services.Values["relay_clientcerts"] = "certs";
        _bench.Services.Contents["certs"] = new() { [known] = "a partner" };
        _bench.Tls = new Tls { Version = "TLSv1.3", Cipher = "TLS_AES_256_GCM_SHA384", Certificate = new ClientCertificate("c", "i", "AA:BB", "CC:DD", IsVerified: false) };
        Assert.Equal(expected, await _bench.AskAsync("permit_tls_clientcerts"));
    }

    [Theory]
    [InlineData("all", "127.0.0.1", "permit")]
    [InlineData("all", "192.0.2.10", "dunno")]
    [InlineData("loopback-only", "127.0.0.1", "permit")]
    [InlineData("192.0.2.10", "192.0.2.10", "permit")]
    [InlineData("192.0.2.10", "127.0.0.1", "dunno")]
    public async Task Own_addresses_are_those_of_inet_interfaces(string interfaces, string client, string expected)
    {
        _bench.Services.Values["inet_interfaces"] = interfaces;
        _bench.Client = _bench.Client with { Address = IPAddress.Parse(client) };
        Assert.Equal(expected, await _bench.AskAsync("permit_inet_interfaces"));
    }

    [Fact]
    public async Task Pipelining_ahead_is_refused()
    {
        _bench.HasPipelined = true;
        Assert.Equal("503 5.5.0 <alice@example.test>: Recipient address rejected: Improper use of SMTP command pipelining", await _bench.AskAsync("reject_unauth_pipelining"));
    }

    [Theory]
    [InlineData("", "550 5.5.3 <alice@example.test>: Recipient address rejected: Multi-recipient bounce")]
    [InlineData("joe@good.test", "dunno")]
    public async Task A_bounce_has_one_recipient(string sender, string expected)
    {
        (_bench.Sender, _bench.AtData) = (sender, true);
        _bench.Recipients = ["alice@example.test", "bob@example.test"];
        Assert.Equal(expected, await _bench.AskAsync("reject_multi_recipient_bounce"));
    }

    [Theory]
    [InlineData("", 1, "dunno")]
    [InlineData("", 2, "550 5.5.3 <alice@example.test>: Recipient address rejected: Multi-recipient bounce")]
    [InlineData("joe@good.test", 2, "dunno")]
    public async Task At_rcpt_a_bounce_has_two_recipients_at_most(string sender, int accepted, string expected)
    {
        _bench.Sender = sender;
        _bench.Accepted = accepted;
        Assert.Equal(expected, await _bench.AskAsync("reject_multi_recipient_bounce"));
    }

    [Theory]
    [InlineData(2.0, 2.0)]
    [InlineData("2s", 2.0)]
    [InlineData("1m", 60.0)]
    [InlineData("0.5", 0.5)]
    public async Task Sleep_waits_and_goes_on(object argument, double seconds) =>
        Assert.Equal(new Verdict.Delay(TimeSpan.FromSeconds(seconds)), await _bench.CheckAsync("sleep", argument));

    [Theory]
    [InlineData(-1.0)]
    [InlineData("soon")]
    [InlineData("1h")]
    [InlineData(double.NaN)]
    public void Sleep_refuses_what_is_no_bearable_time(object argument) => Assert.Throws<ConfigurationException>(() => _bench.Make("sleep", argument));

    [Theory]
    [InlineData("unknown", "unknown", false, "550 5.7.25 Client host rejected: cannot find your hostname, [192.0.2.10]", "550 5.7.1 Client host rejected: cannot find your reverse hostname, [192.0.2.10]")]
    [InlineData("unknown", "unknown", true, "450 4.7.25 Client host rejected: cannot find your hostname, [192.0.2.10]", "450 4.7.1 Client host rejected: cannot find your reverse hostname, [192.0.2.10]")]
    [InlineData("unknown", "liar.test", false, "550 5.7.25 Client host rejected: cannot find your hostname, [192.0.2.10]", "dunno")]
    [InlineData("mail.good.test", "mail.good.test", false, "dunno", "dunno")]
    public async Task A_client_without_name(string name, string reverse, bool failed, string expected, string expectedReverse)
    {
        _bench.Services.Values["unknown_client_reject_code"] = "550";
        _bench.Client = _bench.Client with { Name = name, ReverseName = reverse, NameLookupFailed = failed };
        Assert.Equal(expected, await _bench.AskAsync("reject_unknown_client_hostname"));
        Assert.Equal(expectedReverse, await _bench.AskAsync("reject_unknown_reverse_client_hostname"));
    }

    [Theory]
    [InlineData("mail.good.test", "dunno", "dunno", "dunno")]
    [InlineData("good.test", "dunno", "dunno", "dunno")]
    [InlineData("six.test", "dunno", "dunno", "dunno")]
    [InlineData("nullmx.test", "dunno", "dunno", "dunno")]
    [InlineData("[192.0.2.10]", "dunno", "dunno", "dunno")]
    [InlineData("[IPv6:2001:db8::1]", "dunno", "dunno", "dunno")]
    [InlineData("[192.0.2]", "501 5.5.2 {0} invalid ip address", "501 5.5.2 {0} invalid ip address", "501 5.5.2 {0} invalid ip address")]
    [InlineData("bareword", "dunno", "504 5.5.2 {0} need fully-qualified hostname", "450 4.7.1 {0} Host not found")]
    [InlineData("txtonly.test", "dunno", "dunno", "450 4.7.1 {0} Host not found")]
    [InlineData("192.0.2.10", "dunno", "504 5.5.2 {0} need fully-qualified hostname", "450 4.7.1 {0} Host not found")]
    [InlineData("-bad-.test", "501 5.5.2 {0} Invalid name", "504 5.5.2 {0} need fully-qualified hostname", "450 4.7.1 {0} Host not found")]
    [InlineData("servfail.test", "dunno", "dunno", "if permit 450 4.7.1 {0} Host not found")]
    [InlineData(null, "dunno", "dunno", "dunno")]
    public async Task Helo_names(string? helo, string invalid, string nonFqdn, string unknown)
    {
        _bench.Helo = helo;
        var frame = $"<{helo}>: Helo command rejected:";
        Assert.Equal(invalid.Replace("{0}", frame), await _bench.AskAsync("reject_invalid_helo_hostname"));
        Assert.Equal(nonFqdn.Replace("{0}", frame), await _bench.AskAsync("reject_non_fqdn_helo_hostname"));
        Assert.Equal(unknown.Replace("{0}", frame), await _bench.AskAsync("reject_unknown_helo_hostname"));
    }

    [Theory]
    [InlineData("defer", "450 4.7.1 <servfail.test>: Helo command rejected: Host not found")]
    [InlineData("defer_if_permit", "if permit 450 4.7.1 <servfail.test>: Helo command rejected: Host not found")]
    public async Task The_tempfail_action_says_what_a_dns_failure_does(string action, string expected)
    {
        _bench.Helo = "servfail.test";
        _bench.Services.Values["reject_tempfail_action"] = action;
        _bench.Services.Values["unknown_hostname_reject_code"] = "550";
        Assert.Equal(expected, await _bench.AskAsync("reject_unknown_helo_hostname"));
    }

    [Theory]
    [InlineData("joe@good.test", "dunno")]
    [InlineData("", "dunno")]
    [InlineData("alice@example.test", "dunno")]
    [InlineData("joe@[192.0.2.1]", "dunno")]
    [InlineData("joe@nxdomain.invalid", "450 4.1.8 <joe@nxdomain.invalid>: Sender address rejected: Domain not found")]
    [InlineData("joe@txtonly.test", "450 4.1.8 <joe@txtonly.test>: Sender address rejected: Domain not found")]
    [InlineData("joe@servfail.test", "if permit 450 4.1.8 <joe@servfail.test>: Sender address rejected: Domain not found")]
    [InlineData("joe@nullmx.test", "550 5.7.27 <joe@nullmx.test>: Sender address rejected: Domain nullmx.test does not accept mail (nullMX)")]
    [InlineData("joe@relayed.test", "450 4.1.8 <joe@relayed.test>: Sender address rejected: Domain not found")]
    public async Task Unknown_sender_domains(string sender, string expected)
    {
        _bench.Sender = sender;
        Assert.Equal(expected, await _bench.AskAsync("reject_unknown_sender_domain"));
    }

    [Theory]
    [InlineData("odd.test", "450 4.7.1 <odd.test>: Helo command rejected: Malformed DNS server reply", "450 4.1.8 <joe@odd.test>: Sender address rejected: Malformed DNS server reply")]
    [InlineData("odd-host.test", "dunno", "450 4.1.8 <joe@odd-host.test>: Sender address rejected: Malformed DNS server reply")]
    [InlineData("half-odd.test", "dunno", "dunno")]
    public async Task Mail_servers_without_a_name_are_none(string domain, string helo, string sender)
    {
        _bench.Services.Zone.AddMx("odd.test", "-bad-", "*.test");
        _bench.Services.Zone.AddMx("odd-host.test", "bad..test");
        _bench.Services.Zone.Add("odd-host.test", "192.0.2.7");
        _bench.Services.Zone.AddMx("half-odd.test", "-bad-", "mx.test");
        _bench.Helo = domain;
        _bench.Sender = $"joe@{domain}";
        Assert.Equal(helo, await _bench.AskAsync("reject_unknown_helo_hostname"));
        Assert.Equal(sender, await _bench.AskAsync("reject_unknown_sender_domain"));
    }

    [Theory]
    [InlineData("x@nxdomain.invalid", "450 4.1.2 <x@nxdomain.invalid>: Recipient address rejected: Domain not found")]
    [InlineData("x@nullmx.test", "556 5.1.10 <x@nullmx.test>: Recipient address rejected: Domain nullmx.test does not accept mail (nullMX)")]
    [InlineData("x@good.test", "dunno")]
    public async Task Unknown_recipient_domains(string recipient, string expected)
    {
        _bench.Recipients = [recipient];
        Assert.Equal(expected, await _bench.AskAsync("reject_unknown_recipient_domain"));
    }

    [Theory]
    [InlineData("joe", "504 5.5.2 <joe>: {0} address rejected: need fully-qualified address")]
    [InlineData("joe@bare", "504 5.5.2 <joe@bare>: {0} address rejected: need fully-qualified address")]
    [InlineData("joe@good.test", "dunno")]
    [InlineData("joe@good.test.", "dunno")]
    [InlineData("joe@[192.0.2.1]", "dunno")]
    public async Task Half_addresses(string address, string expected)
    {
        _bench.Sender = address;
        _bench.Recipients = [address];
        Assert.Equal(expected.Replace("{0}", "Sender"), await _bench.AskAsync("reject_non_fqdn_sender"));
        Assert.Equal(expected.Replace("{0}", "Recipient"), await _bench.AskAsync("reject_non_fqdn_recipient"));
    }

    [Theory]
    [InlineData("nobody@example.test", "virtual mailbox table")]
    [InlineData("nobody@localhost.localdomain", "local recipient table")]
    [InlineData("nobody@relayed.test", "relay recipient table")]
    [InlineData("nobody@alias.test", "virtual alias table")]
    public async Task Unlisted_addresses(string address, string table)
    {
        _bench.Sender = address;
        _bench.Recipients = [address];
        Assert.Equal($"550 5.1.0 <{address}>: Sender address rejected: User unknown in {table}", await _bench.AskAsync("reject_unlisted_sender"));
        Assert.Equal($"550 5.1.1 <{address}>: Recipient address rejected: User unknown in {table}", await _bench.AskAsync("reject_unlisted_recipient"));
        _bench.Services.Values["show_user_unknown_table_name"] = "no";
        Assert.Equal($"550 5.1.1 <{address}>: Recipient address rejected: User unknown", await _bench.AskAsync("reject_unlisted_recipient"));
    }

    [Theory]
    [InlineData("alice@example.test")]
    [InlineData("anyone@elsewhere.test")]
    [InlineData("")]
    public async Task Listed_addresses_and_those_of_others_pass(string address)
    {
        _bench.Sender = address;
        Assert.Equal("dunno", await _bench.AskAsync("reject_unlisted_sender"));
    }

    [Theory]
    [InlineData("alice@example.test", "permit", "dunno", "dunno")]
    [InlineData("x@relayed.test", "permit", "dunno", "dunno")]
    [InlineData("x@remote.test", "dunno", "554 5.7.1 <x@remote.test>: Relay access denied", "454 4.7.1 <x@remote.test>: Relay access denied")]
    public async Task Destinations(string recipient, string permit, string reject, string defer)
    {
        _bench.Recipients = [recipient];
        Assert.Equal(permit, await _bench.AskAsync("permit_auth_destination"));
        Assert.Equal(reject, await _bench.AskAsync("reject_unauth_destination"));
        Assert.Equal(defer, await _bench.AskAsync("defer_unauth_destination"));
    }

    [Theory]
    [InlineData("reject_code", "reject", "99")]
    [InlineData("unknown_address_tempfail_action", "reject_unknown_sender_domain", "accept")]
    public void A_setting_that_makes_no_sense_is_an_error(string setting, string restriction, string value)
    {
        _bench.Services.Values[setting] = value;
        Assert.Throws<ConfigurationException>(() => _bench.Make(restriction));
    }

    [Fact]
    public void Arguments_too_many_are_errors()
    {
        foreach (var name in _bench.Names) Assert.Throws<ConfigurationException>(() => _bench.Make(name, "a", "b"));
    }
}
