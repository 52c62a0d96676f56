using System.Net;
using System.Text.Json;
using PolicyMTA.Filters.Spf;
using PolicyMTA.Sdk;

namespace PolicyMTA.Filters.Tests.Spf;

/// <summary>The restriction, with the texts that policyd-spf has.</summary>
public sealed class CheckSpfTests
{
    private const string Zones = """
        {
          "good.test": { "TXT": [["v=spf1 ip4:192.0.2.10 -all"]] },
          "fail.test": { "TXT": [["v=spf1 ip4:192.0.2.99 -all"]] },
          "soft.test": { "TXT": [["v=spf1 ~all"]] },
          "neutral.test": { "TXT": [["v=spf1 ?all"]] },
          "exp.test": { "TXT": [["v=spf1 -all exp=why.exp.test"]] },
          "why.exp.test": { "TXT": [["%{i} is not allowed to send for %{d}"]] },
          "broken.test": { "TXT": [["v=spf1 foo -all"]] },
          "slow.test": { "timeout": ["*"] },
          "mail.good.test": { "TXT": [["v=spf1 a -all"]], "A": ["192.0.2.10"] },
          "helofail.test": { "TXT": [["v=spf1 -all"]] }
        }
        """;

    [Theory]
    [InlineData("joe@good.test", "Pass (mailfrom) identity=mailfrom; client-ip=192.0.2.10; helo=mail.good.test; envelope-from=joe@good.test; receiver=mx.example.test ")]
    [InlineData("joe@soft.test", "Softfail (mailfrom) identity=mailfrom; client-ip=192.0.2.10; helo=mail.good.test; envelope-from=joe@soft.test; receiver=mx.example.test ")]
    [InlineData("joe@broken.test", "Permerror (mailfrom) identity=mailfrom; client-ip=192.0.2.10; helo=mail.good.test; envelope-from=joe@broken.test; receiver=mx.example.test ")]
    [InlineData("joe@slow.test", "Temperror (mailfrom) identity=mailfrom; client-ip=192.0.2.10; helo=mail.good.test; envelope-from=joe@slow.test; receiver=mx.example.test ")]
    [InlineData("", "Pass (sender SPF authorized) identity=helo; client-ip=192.0.2.10; helo=mail.good.test; envelope-from=<>; receiver=mx.example.test ")]
    [InlineData("joe@nospf.test", "Pass (sender SPF authorized) identity=helo; client-ip=192.0.2.10; helo=mail.good.test; envelope-from=joe@nospf.test; receiver=mx.example.test ")]
    public async Task Field_reads_as_policyd_spf_writes_it(string sender, string value)
    {
        var verdict = Assert.IsType<Verdict.Prepend>(await CheckAsync(sender));
        Assert.Equal(("Received-SPF", " " + value), (verdict.Field.Name, verdict.Field.Value));
    }

    [Theory]
    [InlineData("joe@fail.test", "mail.good.test", "Message rejected due to: SPF fail - not authorized. Please see http://www.openspf.net/Why?s=mfrom;id=joe@fail.test;ip=192.0.2.10;r=mx.example.test")]
    [InlineData("joe@exp.test", "mail.good.test", "Message rejected due to: 192.0.2.10 is not allowed to send for exp.test. Please see http://www.openspf.net/Why?s=mfrom;id=joe@exp.test;ip=192.0.2.10;r=mx.example.test")]
    [InlineData("joe@good.test", "helofail.test", "Message rejected due to: SPF fail - not authorized. Please see http://www.openspf.net/Why?s=helo;id=helofail.test;ip=192.0.2.10;r=mx.example.test")]
    public async Task Fail_is_refused_with_the_words_of_policyd_spf(string sender, string helo, string text)
    {
        var refusal = Assert.IsType<Verdict.Refuse>(await CheckAsync(sender, helo));
        Assert.Equal((550, "5.7.23", text), (refusal.Code, refusal.Status.ToString(), refusal.Text));
    }

    [Theory]
    [InlineData("joe@soft.test", "fail", false)]
    [InlineData("joe@soft.test", "softfail", true)]
    [InlineData("joe@neutral.test", "softfail", false)]
    [InlineData("joe@neutral.test", "not_pass", true)]
    [InlineData("joe@fail.test", "never", false)]
    [InlineData("joe@fail.test", "no_check", false)]
    public async Task Options_say_which_results_refuse(string sender, string option, bool isRefused) =>
        Assert.Equal(isRefused, await CheckAsync(sender, options: new SpfOptions(MailFromReject: option)) is Verdict.Refuse);

    [Theory]
    [InlineData("", true)]
    [InlineData("joe@good.test", false)]
    public async Task Helo_may_refuse_the_null_sender_alone(string sender, bool isRefused) =>
        Assert.Equal(isRefused, await CheckAsync(sender, "helofail.test", new SpfOptions(HeloReject: "null")) is Verdict.Refuse);

    [Fact]
    public async Task Errors_defer_and_refuse_where_the_options_say_so()
    {
        var options = new SpfOptions(PermerrorReject: true, TemperrorDefer: true);
        var permanent = Assert.IsType<Verdict.Refuse>(await CheckAsync("joe@broken.test", options: options));
        Assert.Equal((550, "5.7.24"), (permanent.Code, permanent.Status.ToString()));
        Assert.Contains("'foo' is no term of SPF", permanent.Text, StringComparison.Ordinal);
        var temporary = Assert.IsType<Verdict.Refuse>(await CheckAsync("joe@slow.test", options: options));
        Assert.Equal((451, "4.7.24"), (temporary.Code, temporary.Status.ToString()));
    }

    [Fact]
    public async Task Domain_on_the_list_must_pass()
    {
        var options = new SpfOptions { RejectNotPassDomains = ["soft.test"] };
        Assert.IsType<Verdict.Refuse>(await CheckAsync("joe@soft.test", options: options));
        Assert.IsType<Verdict.Prepend>(await CheckAsync("joe@neutral.test", options: options));
    }

    [Fact]
    public async Task Results_are_left_for_others_and_a_second_recipient_asks_nobody()
    {
        var zone = Zone();
        var check = new CheckSpf(new SpfOptions(), zone, TimeProvider.System);
        var context = Context("joe@good.test", "mail.good.test", "192.0.2.10");
        Assert.IsType<Verdict.Prepend>(await check.CheckAsync(context, CancellationToken.None));
        var asked = zone.Asked.Count;

        Assert.Same(Verdict.Dunno, await check.CheckAsync(context, CancellationToken.None));
        Assert.Equal(asked, zone.Asked.Count);
        Assert.Equal([("pass", "smtp.helo", "mail.good.test"), ("pass", "smtp.mailfrom", "joe@good.test")], context.Results.Items.Select(result => (result.Result, result.Properties[0].Key, result.Properties[0].Value)));
    }

    [Fact]
    public async Task Milter_asks_at_MAIL_and_the_restriction_behind_it_need_not()
    {
        var zone = Zone();
        await using var milter = new SpfMilter("spf", new CheckSpf(new SpfOptions(), zone, TimeProvider.System));
        var context = Context("joe@good.test", "mail.good.test", "192.0.2.10");
        await using var session = (await milter.StartAsync(context, CancellationToken.None))!;
        Assert.IsType<Verdict.Prepend>(await session.MailAsync(context, CancellationToken.None));
        var asked = zone.Asked.Count;
        Assert.Same(Verdict.Dunno, await new CheckSpf(new SpfOptions(), zone, TimeProvider.System).CheckAsync(context, CancellationToken.None));
        Assert.Equal((asked, "pass", 2), (zone.Asked.Count, context.Results.Find("spf")!.Result, context.Results.Items.Count));
        Assert.IsType<Verdict.Refuse>(await session.MailAsync(Context("joe@fail.test", "mail.good.test", "192.0.2.10"), CancellationToken.None));
    }

    [Fact]
    public async Task Milter_does_not_check_who_logged_in_or_is_one_of_ours()
    {
        await using var milter = new SpfMilter("spf", new CheckSpf(new SpfOptions(), Zone(), TimeProvider.System));
        var stranger = Context("joe@fail.test", "mail.good.test", "192.0.2.10");
        await using var session = (await milter.StartAsync(stranger, CancellationToken.None))!;
        var user = new SenderContext(stranger.Session with { Sasl = new Sasl("joe", "PLAIN") }, stranger.Transaction);
        Assert.Same(Verdict.Dunno, await session.MailAsync(user, CancellationToken.None));
        Assert.Null(await milter.StartAsync(new SenderContext(stranger.Session with { Client = stranger.Client with { IsInMyNetworks = true } }, stranger.Transaction), CancellationToken.None));
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    public async Task Own_machine_is_not_checked(string client)
    {
        var zone = Zone();
        Assert.Same(Verdict.Dunno, await new CheckSpf(new SpfOptions(), zone, TimeProvider.System).CheckAsync(Context("joe@fail.test", "x", client), CancellationToken.None));
        Assert.Empty(zone.Asked);
    }

    [Fact]
    public async Task What_the_client_calls_itself_can_not_write_fields()
    {
        var verdict = Assert.IsType<Verdict.Prepend>(await CheckAsync("joe@good.test", "a; receiver=\"evil\"\r\nX-Evil: (1"));
        Assert.DoesNotContain('\n', verdict.Field.Value);
        Assert.Contains("helo=\"a; receiver=\\\"evil\\\"??X-Evil: (1\";", verdict.Field.Value, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nonsense", "fail", "spf", 20, 2)]
    [InlineData("fail", "null", "spf", 20, 2)]
    [InlineData("fail", "fail", "ar", 20, 2)]
    [InlineData("fail", "fail", "spf", 0, 2)]
    [InlineData("fail", "fail", "spf", 1, -1)]
    public void Options_that_mean_nothing_are_refused(string helo, string sender, string header, int time, int voids) =>
        Assert.Single(new SpfOptions(helo, sender, HeaderType: header, LookupTime: time, VoidLimit: voids).Mistakes());

    private static async Task<Verdict> CheckAsync(string sender, string helo = "mail.good.test", SpfOptions? options = null) =>
        await new CheckSpf(options ?? new SpfOptions(), Zone(), TimeProvider.System).CheckAsync(Context(sender, helo, "192.0.2.10"), CancellationToken.None);

    private static Zone Zone() => new(JsonDocument.Parse(Zones).RootElement);

    private static SenderContext Context(string sender, string helo, string client) => new(
        new SessionFacts
        {
            Id = "s", Listener = "smtp", Server = new Server(IPAddress.Loopback, 25, "mx.example.test"), Client = new Client { Address = IPAddress.Parse(client) }, Helo = new Helo(helo, IsExtended: true),
        },
        new TransactionFacts { Sender = Address.FromInternal(sender) });
}
