using System.Text.Json;
using PolicyMTA.Filters.Dmarc;
using PolicyMTA.Sdk;

namespace PolicyMTA.Filters.Tests.Dmarc;

/// <summary>What the milter answers, and what it leaves for others.</summary>
public sealed class DmarcMilterTests
{
    private const string Zones = """
        {
          "_dmarc.reject.test": { "TXT": [["v=DMARC1; p=reject"]] },
          "_dmarc.quarantine.test": { "TXT": [["v=DMARC1; p=quarantine"]] },
          "_dmarc.none.test": { "TXT": [["v=DMARC1; p=none"]] },
          "_dmarc.trial.test": { "TXT": [["v=DMARC1; p=reject; pct=0"]] },
          "_dmarc.reports.test": { "TXT": [["v=DMARC1; p=rejekt; rua=mailto:a@reports.test"]] },
          "_dmarc.slow.test": { "timeout": ["*"] },
          "reject.test": { "A": ["192.0.2.1"] }
        }
        """;

    private static readonly AuthenticationResult Signed = new("dkim", "pass") { Properties = [new("header.d", "reject.test")] };
    private static readonly AuthenticationResult SignedByOther = new("dkim", "pass") { Properties = [new("header.d", "evil.test")] };
    private static readonly AuthenticationResult BadlySigned = new("dkim", "fail") { Properties = [new("header.d", "reject.test")] };
    private static readonly AuthenticationResult Sent = new("spf", "pass") { Properties = [new("smtp.mailfrom", "x@sub.reject.test")] };
    private static readonly AuthenticationResult Greeted = new("spf", "pass") { Properties = [new("smtp.helo", "mail.reject.test")] };

    public static readonly TheoryData<string, AuthenticationResult[], string, bool> Proofs = new()
    {
        { "a@reject.test", [], "fail", true },
        { "a@sub.reject.test", [], "fail", true },
        { "a@reject.test", [Signed], "pass", false },
        { "a@reject.test", [SignedByOther, Signed], "pass", false },
        { "a@reject.test", [SignedByOther], "fail", true },
        { "a@reject.test", [BadlySigned], "fail", true },
        { "a@reject.test", [Sent], "pass", false },
        { "a@reject.test", [Greeted], "fail", true },
        { "a@quarantine.test", [], "fail", false },
        { "a@none.test", [], "fail", false },
        { "a@trial.test", [], "fail", false },
        { "a@reports.test", [], "fail", false },
        { "a@nowhere.test", [], "none", false },
        { "a@slow.test", [], "temperror", false },
    };

    [Theory]
    [MemberData(nameof(Proofs))]
    public async Task Domain_of_the_author_must_stand_behind_the_message(string author, AuthenticationResult[] found, string word, bool isRefused)
    {
        var (verdict, results, _) = await RunAsync($"From: {author}\r\n", found, new DmarcOptions(RejectFailures: true));
        Assert.Equal(isRefused, verdict is Verdict.Refuse);
        if (verdict is Verdict.Refuse refusal) Assert.Equal((550, "5.7.1", "rejected by DMARC policy for reject.test"), (refusal.Code, refusal.Status.ToString(), refusal.Text));
        var result = results.Find("dmarc")!;
        Assert.Equal((word, author[2..]), (result.Result, result.Properties[0].Value));
        Assert.Same(Verdict.Dunno, (await RunAsync($"From: {author}\r\n", found, new DmarcOptions())).Verdict);
    }

    [Theory]
    [InlineData("From: a@good.test\r\nFrom: a@reject.test\r\n")]
    [InlineData("From: a@good.test, b@reject.test\r\n")]
    [InlineData("Subject: nobody\r\n")]
    [InlineData("From: <a@reject.test> <b@good.test>\r\n")]
    [InlineData("From: undisclosed:;\r\n")]
    public async Task No_author_or_several_never_pass(string header)
    {
        var signed = new AuthenticationResult("dkim", "pass") { Properties = [new("header.d", "good.test")] };
        var (verdict, results, _) = await RunAsync(header, [signed], new DmarcOptions(RejectFailures: true));
        Assert.Equal("permerror", results.Find("dmarc")!.Result);
        Assert.Same(Verdict.Dunno, verdict);
        Assert.IsType<Verdict.Refuse>((await RunAsync(header, [signed], new DmarcOptions(RejectMultiValueFrom: true))).Verdict);
    }

    [Theory]
    [InlineData("none", false, false)]
    [InlineData("hold", false, true)]
    [InlineData("reject", true, false)]
    public async Task Quarantine_is_what_the_options_say(string option, bool isRefused, bool isHeld)
    {
        var (verdict, _, edits) = await RunAsync("From: a@quarantine.test\r\n", [], new DmarcOptions(Quarantine: option));
        Assert.Equal((isRefused, isHeld), (verdict is Verdict.Refuse, edits.Reasons.Count == 1));
    }

    [Fact]
    public async Task HELO_counts_for_the_null_sender()
    {
        Assert.Equal("pass", (await RunAsync("From: a@reject.test\r\n", [Greeted], new DmarcOptions(), sender: "")).Results.Find("dmarc")!.Result);
    }

    [Fact]
    public async Task DNS_that_does_not_answer_defers_where_the_options_say_so()
    {
        var refusal = Assert.IsType<Verdict.Refuse>((await RunAsync("From: a@slow.test\r\n", [], new DmarcOptions(TemperrorDefer: true))).Verdict);
        Assert.Equal((451, "4.7.1"), (refusal.Code, refusal.Status.ToString()));
    }

    [Fact]
    public async Task Who_logged_in_or_comes_from_this_machine_is_not_checked()
    {
        var message = new FakeMessage("From: a@reject.test\r\n\r\nx\r\n");
        await using var milter = new DmarcMilter("dmarc", new DmarcOptions(RejectFailures: true), null, new Zone(JsonDocument.Parse(Zones).RootElement));
        Assert.Null(await milter.StartAsync(FakeSession.EndOfData(message, client: "127.0.0.1"), CancellationToken.None));
        var context = FakeSession.EndOfData(message, login: "alice");
        await using var session = (await milter.StartAsync(context, CancellationToken.None))!;
        Assert.Same(Verdict.Dunno, await session.EndOfMessageAsync(context, new Edits(), CancellationToken.None));
        Assert.Null(context.Results.Find("dmarc"));
    }

    [Fact]
    public void Options_that_mean_nothing_are_refused()
    {
        Assert.Single(new DmarcOptions(Quarantine: "x").Mistakes());
        Assert.Single(new DmarcOptions(OrganizationalDomain: "public-suffix").Mistakes());
        Assert.Single(new DmarcOptions { IgnoreHosts = ["x"] }.Mistakes());
        Assert.Empty(new DmarcOptions().Mistakes());
    }

    [Fact]
    public void Records_of_noise_are_read_or_none()
    {
        var random = new Random(9989);
        const string Letters = "v=DMARC1;pnoejctquarui:@!10gk,% \t";
        var read = 0;
        for (var i = 0; i < 200_000; i++)
        {
            var text = "v=DMARC1; p=reject; rua=mailto:a@b!10m; pct=50"[..random.Next(0, 47)] + string.Concat(Enumerable.Range(0, random.Next(0, 20)).Select(_ => Letters[random.Next(Letters.Length)]));
            if (!DmarcRecord.TryParse(text, out var record)) continue;
            read++;
            Assert.InRange(record.Percent, 0, 100);
            Assert.True(!record.HasWrongPolicy || record.PolicyFor(isBelow: true, isMissing: true) == DmarcPolicy.None, text);
        }
        Assert.InRange(read, 1000, 199_000);
    }

    private static async Task<(Verdict Verdict, AuthenticationResults Results, Edits Edits)> RunAsync(string header, AuthenticationResult[] found, DmarcOptions options, string sender = "x@elsewhere.test")
    {
        Assert.Empty(options.Mistakes());
        var (results, edits) = (new AuthenticationResults(), new Edits());
        foreach (var result in found) results.Add(result);
        var context = FakeSession.EndOfData(new FakeMessage(header + "\r\nx\r\n"), sender, results: results);
        await using var milter = new DmarcMilter("dmarc", options, null, new Zone(JsonDocument.Parse(Zones).RootElement));
        await using var session = (await milter.StartAsync(context, CancellationToken.None))!;
        return (await session.EndOfMessageAsync(context, edits, CancellationToken.None), results, edits);
    }

    private sealed class Edits : IMilterEdits
    {
        public List<string> Reasons { get; } = [];

        public void Quarantine(string reason) => Reasons.Add(reason);

        public void ChangeSender(Address sender) => throw new NotSupportedException();

        public void AddRecipient(Address recipient) => throw new NotSupportedException();

        public void RemoveRecipient(Address recipient) => throw new NotSupportedException();

        public ValueTask ReplaceBodyAsync(ReadOnlyMemory<byte> piece, CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
