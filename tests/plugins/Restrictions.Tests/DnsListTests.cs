using System.Net;
using System.Text.Json.Nodes;
using PolicyMTA.Sdk;
using PolicyMTA.Testing;

namespace PolicyMTA.Restrictions.Tests;

/// <summary>DNS lists of addresses and domains, and how refusals of theirs are worded.</summary>
public sealed class DnsListTests
{
    private readonly RestrictionBench _bench = new();

    [Theory]
    [InlineData("192.0.2.10", "zen.test", "554 5.7.1 Service unavailable; Client host [192.0.2.10] blocked using zen.test; ask us why")]
    [InlineData("192.0.2.10", "zen.test=127.0.0.[2;4..9]", "554 5.7.1 Service unavailable; Client host [192.0.2.10] blocked using zen.test; ask us why")]
    [InlineData("192.0.2.10", "zen.test=127.0.0.3", "dunno")]
    [InlineData("192.0.2.11", "zen.test", "dunno")]
    [InlineData("2001:db8::1", "zen.test", "554 5.7.1 Service unavailable; Client host [2001:db8::1] blocked using zen.test")]
    [InlineData("192.0.2.12", "zen.test", "dunno")]
    public async Task A_block_list_refuses_whom_it_has(string client, string argument, string expected)
    {
        _bench.Services.Zone.Add("10.2.0.192.zen.test", "127.0.0.4");
        _bench.Services.Zone.AddTxt("10.2.0.192.zen.test", "ask us why");
        _bench.Services.Zone.Add("1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.zen.test", "127.0.0.2");
        _bench.Services.Zone.Break("12.2.0.192.zen.test");
        _bench.Client = _bench.Client with { Address = IPAddress.Parse(client) };
        Assert.Equal(expected, await _bench.AskAsync("reject_rbl_client", argument));
    }

    [Theory]
    [InlineData("reject_rhsbl_client", "listed.test", "554 5.7.1 Service unavailable; Client host [listed.test] blocked using names.test; ask us why")]
    [InlineData("reject_rhsbl_reverse_client", "listed.test", "554 5.7.1 Service unavailable; Unverified Client host [listed.test] blocked using names.test; ask us why")]
    [InlineData("reject_rhsbl_client", "broken.test", "dunno")]
    [InlineData("reject_rhsbl_client", "unknown", "dunno")]
    [InlineData("permit_rhswl_client", "listed.test", "permit")]
    [InlineData("permit_rhswl_client", "other.test", "dunno")]
    [InlineData("permit_rhswl_client", "unknown", "dunno")]
    [InlineData("permit_rhswl_client", "broken.test", "if reject 450 4.7.1 <broken.test>: Client host rejected: Service unavailable")]
    public async Task A_list_of_names_is_asked_for_the_clients(string restriction, string name, string expected)
    {
        _bench.Services.Zone.Add("listed.test.names.test", "127.0.0.2");
        _bench.Services.Zone.AddTxt("listed.test.names.test", "ask us why");
        _bench.Services.Zone.Add("unknown.names.test", "127.0.0.2");
        _bench.Services.Zone.Break("broken.test.names.test");
        _bench.Services.Domains["example.test"] = AddressClass.Local;
        _bench.Client = _bench.Client with { Name = name, ReverseName = name };
        Assert.Equal(expected, await _bench.AskAsync(restriction, "names.test"));
        Assert.Throws<ConfigurationException>(() => _bench.Make(restriction, "names.test=127"));
    }

    [Theory]
    [InlineData("192.0.2.10", "wl.test", "permit")]
    [InlineData("192.0.2.10", "wl.test=127.0.[0..255].[1..3]", "dunno")]
    [InlineData("192.0.2.11", "wl.test", "dunno")]
    [InlineData("192.0.2.12", "wl.test", "if reject 450 4.7.1 <192.0.2.12>: Client host rejected: Service unavailable")]
    public async Task A_list_of_good_clients_permits_whom_it_has(string client, string argument, string expected)
    {
        _bench.Services.Zone.Add("10.2.0.192.wl.test", "127.0.9.0");
        _bench.Services.Zone.Break("12.2.0.192.wl.test");
        _bench.Services.Domains["example.test"] = AddressClass.Local;
        _bench.Client = _bench.Client with { Address = IPAddress.Parse(client) };
        Assert.Equal(expected, await _bench.AskAsync("permit_dnswl_client", argument));
        Assert.Throws<ConfigurationException>(() => _bench.Make("permit_dnswl_client", "no zone"));
    }

    [Theory]
    [InlineData("zen.test=127.0.0")]
    [InlineData("zen.test=127.0.0.[9..4]")]
    [InlineData("zen.test=127.0.0.256")]
    [InlineData("not a zone")]
    public void A_block_list_argument_that_makes_no_sense_is_an_error(string argument) =>
        Assert.Throws<ConfigurationException>(() => _bench.Make("reject_rbl_client", argument));

    [Theory]
    [InlineData("reject_rhsbl_helo", "listed.test", "554 5.7.1 Service unavailable; Helo command [listed.test] blocked using names.test; ask us why")]
    [InlineData("reject_rhsbl_sender", "joe@listed.test", "554 5.7.1 Service unavailable; Sender address [joe@listed.test] blocked using names.test; ask us why")]
    [InlineData("reject_rhsbl_recipient", "joe@listed.test", "554 5.7.1 Service unavailable; Recipient address [joe@listed.test] blocked using names.test; ask us why")]
    [InlineData("reject_rhsbl_helo", "192.0.2.10", "dunno")]
    [InlineData("reject_rhsbl_helo", "[192.0.2.10]", "dunno")]
    [InlineData("reject_rhsbl_sender", "joe@[192.0.2.10]", "dunno")]
    [InlineData("reject_rhsbl_sender", "joe@listed.10", "dunno")]
    [InlineData("reject_rhsbl_sender", "joe", "dunno")]
    [InlineData("reject_rhsbl_sender", "", "dunno")]
    [InlineData("reject_rhsbl_recipient", "joe@broken.test", "dunno")]
    [InlineData("reject_rhsbl_recipient", "joe", "dunno")]
    [InlineData("reject_rhsbl_helo", "single", "554 5.7.1 Service unavailable; Helo command [single] blocked using names.test")]
    public async Task Lists_of_domains_are_asked_for_what_the_client_says(string restriction, string what, string expected)
    {
        _bench.Services.Zone.Add("listed.test.names.test", "127.0.0.2");
        _bench.Services.Zone.AddTxt("listed.test.names.test", "ask us why");
        _bench.Services.Zone.Add("single.names.test", "127.0.0.2");
        _bench.Services.Zone.Break("broken.test.names.test");
        foreach (var never in (string[])["192.0.2.10", "[192.0.2.10]", "listed.10", "joe", ""]) _bench.Services.Zone.Add($"{never}.names.test", "127.0.0.2");
        _bench.Helo = _bench.Sender = what;
        _bench.Recipients = [what];
        Assert.Equal(expected, await _bench.AskAsync(restriction, "names.test"));
    }

    [Theory]
    [InlineData("alice@example.test", "permit")]
    [InlineData("x@remote.test", "dunno")]
    public async Task A_list_of_good_clients_gives_no_leave_to_relay(string recipient, string expected)
    {
        _bench.Services.Domains["example.test"] = AddressClass.Local;
        _bench.Services.Zone.Add("10.2.0.192.wl.test", "127.0.9.0");
        _bench.Services.Zone.Add("mail.good.test.wl.test", "127.0.9.0");
        _bench.Recipients = [recipient];
        Assert.Equal(expected, await _bench.AskAsync("permit_dnswl_client", "wl.test"));
        Assert.Equal(expected, await _bench.AskAsync("permit_rhswl_client", "wl.test"));
    }

    [Theory]
    [InlineData("521 5.7.9 go away", "521 5.7.9 go away")]
    [InlineData("450 $rbl_what is listed", "450 4.7.1 192.0.2.10 is listed")]
    [InlineData("550", "450 4.7.1 Service unavailable")]
    [InlineData("go away", "450 4.7.1 Service unavailable")]
    [InlineData("250 come in", "450 4.7.1 Service unavailable")]
    [InlineData("554 5.7.2", "554 5.7.2 Service unavailable")]
    [InlineData("$rbl_code 4.7.2 $rbl_class $rbl_what $rbl_domain $rbl_txt", "554 5.7.2 Client host 192.0.2.10 zen.test see us")]
    [InlineData("550 $client $client_address $client_name $client_port $reverse_client_name $helo_name $server_name", "550 5.7.1 mail.good.test[192.0.2.10] 192.0.2.10 mail.good.test 0 mail.good.test mail.good.test example.test")]
    [InlineData("550 $sender $sender_name $sender_domain $recipient $recipient_name $recipient_domain", "550 5.7.1 joe@good.test joe good.test alice@example.test alice example.test")]
    public async Task The_reply_is_a_template(string template, string expected)
    {
        AddListed();
        _bench.Services.Values["default_rbl_reply"] = template;
        Assert.Equal(expected, await _bench.AskAsync("reject_rbl_client", "zen.test"));
    }

    [Fact]
    public async Task The_null_sender_has_a_name_and_no_domain()
    {
        AddListed();
        _bench.Sender = "";
        _bench.Services.Values["default_rbl_reply"] = "550 $sender|$sender_name|$sender_domain|";
        Assert.Equal("550 5.7.1 <>|<>||", await _bench.AskAsync("reject_rbl_client", "zen.test"));
    }

    [Theory]
    [InlineData("${")]
    [InlineData("550 $myhostname")]
    public void A_template_that_makes_no_sense_is_an_error(string template)
    {
        _bench.Services.Values["default_rbl_reply"] = template;
        Assert.Throws<ConfigurationException>(() => _bench.Make("reject_rbl_client", "zen.test"));
    }

    [Theory]
    [InlineData("zen.test", "550 5.7.1 zone")]
    [InlineData("zen.test=127.0.0.4", "551 5.7.1 filter")]
    [InlineData("zen.test=127.0.0.[1..9]", "550 5.7.1 zone")]
    public async Task Lists_may_have_replies_of_their_own(string argument, string expected)
    {
        AddListed();
        _bench.Services.Values["rbl_reply_maps"] = "hash:replies";
        _bench.Services.Contents["hash:replies"] = new() { ["zen.test"] = "550 zone", ["zen.test=127.0.0.4"] = "551 filter" };
        Assert.Equal(expected, await _bench.AskAsync("reject_rbl_client", argument));
    }

    [Fact]
    public async Task A_wrong_template_of_a_table_gives_the_default_and_a_cause()
    {
        AddListed();
        _bench.Services.Values["rbl_reply_maps"] = "hash:replies";
        _bench.Services.Contents["hash:replies"] = new() { ["zen.test"] = "550 $myhostname" };
        var refusal = Assert.IsType<Verdict.Refuse>(await _bench.CheckAsync("reject_rbl_client", "zen.test"));
        Assert.Equal("Service unavailable; Client host [192.0.2.10] blocked using zen.test; see us", refusal.Text);
        Assert.Equal("rbl_reply_maps has a wrong template for zen.test: there is no macro 'myhostname'", refusal.Cause);
    }

    [Fact]
    public async Task Replies_that_cannot_be_looked_up_are_a_temporary_failure()
    {
        AddListed();
        _bench.Services.Values["rbl_reply_maps"] = "fail:replies";
        await Assert.ThrowsAsync<TemporaryFailureException>(() => _bench.AskAsync("reject_rbl_client", "zen.test"));
    }

    [Theory]
    [InlineData(500)]
    [InlineData(501)]
    public async Task The_list_s_own_words_are_cut(int length)
    {
        AddListed();
        _bench.Services.Zone.AddTxt("10.2.0.192.zen.test", new string('x', length));
        _bench.Services.Values["default_rbl_reply"] = "550 $rbl_reason";
        Assert.Equal("550 5.7.1 " + new string('x', 500), await _bench.AskAsync("reject_rbl_client", "zen.test"));
    }

    [Fact]
    [Trait("Category", "Suites")]
    public async Task Filters_match_as_those_of_Postfix()
    {
        if (Suites.FindFile("postfix/functions.json") is not { } file) { Assert.Skip("the published suites are not here"); return; }
        var functions = ((JsonObject)JsonNode.Parse(File.ReadAllText(file))!)["functions"]!;
        var patterns = functions["ip_match_pattern"]!.AsArray();
        var matches = functions["ip_match"]!.AsArray();
        Assert.Equal((14, 11), (patterns.Count, matches.Count));
        foreach (var pattern in patterns)
        {
            // What stands behind it are addresses for the test program.
            var text = pattern![0]!.GetValue<string>().Split([' ', '\t'])[0];
            var mistake = Record.Exception(() => _bench.Make("reject_rbl_client", $"zen.test={text}"));
            Assert.Equal((text, pattern[1]!["ok"]!.GetValue<bool>()), (text, mistake is null));
        }
        foreach (var match in matches)
        {
            var (pattern, address) = (match![0]!["pattern"]!.GetValue<string>(), match[0]!["address"]!.GetValue<string>());
            _bench.Services.Zone.Add("10.2.0.192.zen.test", address);
            Assert.Equal((pattern, address, match[1]!.GetValue<string>() == "yes"), (pattern, address, await _bench.AskAsync("reject_rbl_client", $"zen.test={pattern}") != "dunno"));
        }
    }

    [Fact]
    public void Any_text_is_a_filter_or_a_mistake()
    {
        const string alphabet = "0123456789.[];..";
        var random = new Random(20261123);
        var good = 0;
        for (var i = 0; i < 50_000; i++)
        {
            var text = $"127.{random.Next(300)}.{string.Concat(Enumerable.Range(0, random.Next(12)).Select(_ => alphabet[random.Next(alphabet.Length)]))}";
            if (Record.Exception(() => _bench.Make("reject_rbl_client", $"zen.test={text}")) is { } mistake) Assert.IsType<ConfigurationException>(mistake);
            else good++;
        }
        Assert.InRange(good, 50, 49_000);
    }

    private void AddListed()
    {
        _bench.Services.Zone.Add("10.2.0.192.zen.test", "127.0.0.4");
        _bench.Services.Zone.AddTxt("10.2.0.192.zen.test", "see us");
    }
}
