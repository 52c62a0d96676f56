using System.Net;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using PolicyMTA.Filters.Dmarc;
using PolicyMTA.Sdk;

namespace PolicyMTA.Filters.Tests.Dmarc;

/// <summary>What the milter does with a message, with the words that OpenDMARC has.</summary>
public sealed class DmarcMilterTests
{
    private const string Zones = """
        {
          "_dmarc.good.test": { "TXT": [["v=DMARC1; p=none"]] },
          "_dmarc.reject.test": { "TXT": [["v=DMARC1; p=reject"]] },
          "_dmarc.hold.test": { "TXT": [["v=DMARC1; p=quarantine"]] },
          "_dmarc.slow.test": { "timeout": ["*"] }
        }
        """;

    private static readonly DmarcOptions Strict = new(RejectFailures: true, Quarantine: "hold");

    [Theory]
    [InlineData("joe@good.test", "fail", "none")]
    [InlineData("joe@reject.test", "fail", "reject")]
    [InlineData("joe@nothing.test", "none", null)]
    [InlineData("joe@slow.test", "temperror", null)]
    [InlineData("joe", "permerror", null)]
    public async Task Result_is_told_and_nothing_else_done_by_default(string from, string result, string? policy)
    {
        var (verdict, found, edits) = await RunAsync([from], new DmarcOptions());
        Assert.Equal((Verdict.Dunno, result, policy, null), (verdict, found?.Result, found?.Properties.FirstOrDefault(property => property.Key == "policy.dmarc").Value, edits.Held));
    }

    [Fact]
    public async Task Failure_is_refused_with_the_words_of_OpenDMARC()
    {
        var refusal = Assert.IsType<Verdict.Refuse>((await RunAsync(["joe@reject.test"], Strict)).Verdict);
        Assert.Equal((550, "5.7.1", "rejected by DMARC policy for reject.test", ReplyFrame.None), (refusal.Code, refusal.Status.ToString(), refusal.Text, refusal.Frame));
    }

    [Fact]
    public async Task Failure_is_held_where_that_is_asked_for()
    {
        var (verdict, found, edits) = await RunAsync(["joe@hold.test"], Strict);
        Assert.Equal((Verdict.Dunno, "fail", "quarantined by DMARC policy for hold.test"), (verdict, found?.Result, edits.Held));
    }

    [Theory]
    [InlineData("dkim", "pass", "header.d", "reject.test", "pass")]
    [InlineData("dkim", "pass", "header.d", "mail.reject.test", "pass")]
    [InlineData("dkim", "pass", "header.d", "evil.test", "fail")]
    [InlineData("dkim", "fail", "header.d", "reject.test", "fail")]
    [InlineData("dkim", "pass", "header.i", "joe@reject.test", "fail")]
    [InlineData("dkim", "temperror", "header.d", "reject.test", "temperror")]
    [InlineData("spf", "pass", "smtp.mailfrom", "bounce@reject.test", "pass")]
    [InlineData("spf", "pass", "smtp.mailfrom", "reject.test@evil.test", "fail")]
    [InlineData("spf", "softfail", "smtp.mailfrom", "bounce@reject.test", "fail")]
    [InlineData("spf", "pass", "smtp.helo", "reject.test", "fail")]
    [InlineData("arc", "pass", "header.d", "reject.test", "fail")]
    public async Task Results_of_others_are_believed_where_they_are_aligned(string method, string result, string property, string value, string dmarc) =>
        Assert.Equal(dmarc, (await RunAsync(["joe@reject.test"], Strict, [Result(method, result, property, value)])).Found?.Result);

    [Fact]
    public async Task Name_of_helo_counts_for_the_null_sender() =>
        Assert.Equal("pass", (await RunAsync(["joe@reject.test"], Strict, [Result("spf", "pass", "smtp.helo", "reject.test")], sender: "")).Found?.Result);

    [Theory]
    [InlineData("joe@good.test", "joe@reject.test")]
    [InlineData("joe@good.test", "joe@good.test", "joe@reject.test")]
    [InlineData("joe@reject.test <joe@good.test>")]
    [InlineData("\"joe@reject.test <joe@good.test>")]
    public async Task Author_that_passes_does_not_cover_for_one_that_fails(params string[] from)
    {
        var (verdict, found, _) = await RunAsync(from, Strict, [Result("dkim", "pass", "header.d", "good.test")]);
        Assert.Equal(("rejected by DMARC policy for reject.test", "fail"), (Assert.IsType<Verdict.Refuse>(verdict).Text, found?.Result));
    }

    [Theory]
    [InlineData("joe@good.test, joe@nothing.test")]
    [InlineData("joe@good.test, joe@reject.test")]
    [InlineData("joe@good.test", "joe@good.test")]
    [InlineData("<joe@good.test")]
    public async Task Message_that_is_not_plainly_from_someone_never_passes(params string[] from)
    {
        var (verdict, found, _) = await RunAsync(from, Strict, [Result("dkim", "pass", "header.d", "good.test")]);
        Assert.Equal((Verdict.Dunno, "permerror"), (verdict, found?.Result));
    }

    [Theory]
    [InlineData(16, false)]
    [InlineData(17, true)]
    public async Task More_authors_than_are_looked_up_are_refused(int count, bool isRefused) =>
        Assert.Equal(isRefused, (await RunAsync([string.Join(", ", Enumerable.Range(0, count).Select(i => $"a@d{i}.test"))], Strict)).Verdict is Verdict.Refuse);

    [Theory]
    [InlineData("joe@good.test, joe@nothing.test", true, false)]
    [InlineData("joe@good.test, ann@good.test", false, false)]
    [InlineData("joe", false, true)]
    public async Task From_that_is_several_or_none_is_refused_where_the_options_say_so(string from, bool asSeveral, bool asMissing)
    {
        Assert.Equal(asSeveral, (await RunAsync([from], new DmarcOptions(RejectMultiValueFrom: true))).Verdict is Verdict.Refuse);
        Assert.Equal(asMissing, (await RunAsync([from], new DmarcOptions(RequiredHeaders: true))).Verdict is Verdict.Refuse);
    }

    [Fact]
    public async Task Dns_that_does_not_answer_defers_where_the_options_say_so()
    {
        var refusal = Assert.IsType<Verdict.Refuse>((await RunAsync(["joe@slow.test"], new DmarcOptions(TemperrorDefer: true))).Verdict);
        Assert.Equal((451, "4.7.1"), (refusal.Code, refusal.Status.ToString()));
    }

    [Theory]
    [InlineData("198.51.100.9", "bounce@list.test", false)]
    [InlineData("192.0.2.10", "bounce@list.test", true)]
    [InlineData("192.0.2.10", "bounce@a.lists.test", true)]
    [InlineData("192.0.2.10", "bounce@lists.test", false)]
    public async Task What_the_options_leave_out_is_not_checked(string client, string sender, bool isIgnored)
    {
        var options = Strict with { IgnoreHosts = ["203.0.113.0/24"], IgnoreMailFrom = isIgnored ? ["LIST.test", ".lists.test"] : ["other.test", ".lists.test"] };
        Assert.Equal(isIgnored, (await RunAsync(["joe@reject.test"], options, sender: sender, client: client)).Found is null);
    }

    [Fact]
    public async Task Who_logged_in_or_is_one_of_ours_is_not_checked()
    {
        Assert.Null((await RunAsync(["joe@reject.test"], Strict, user: "joe")).Found);
        Assert.IsType<Verdict.Refuse>((await RunAsync(["joe@reject.test"], Strict with { IgnoreAuthenticatedClients = false }, user: "joe")).Verdict);
        await using var milter = Milter(Strict);
        Assert.Null(await milter.StartAsync(new ClientContext(Session("192.0.2.10", null, isOurs: true)), CancellationToken.None));
        Assert.Null(await milter.StartAsync(new ClientContext(Session("127.0.0.1", null)), CancellationToken.None));
    }

    [Fact]
    public async Task Trusted_forwarder_is_checked_and_nothing_is_done()
    {
        var (verdict, found, _) = await RunAsync(["joe@reject.test"], Strict with { TrustedForwarders = ["192.0.2.10"] });
        Assert.Equal((Verdict.Dunno, "fail"), (verdict, found?.Result));
    }

    [Theory]
    [InlineData(19, false)]
    [InlineData(20, true)]
    public async Task Check_ends_when_its_time_is_over(int seconds, bool isOver)
    {
        var clock = new FakeTimeProvider();
        var dns = new SilentDns();
        var run = new MessageCheck(new DmarcOptions(LookupTime: 20), suffixes: null, dns, clock).RunAsync(FromHeader.Parse("joe@reject.test"), new AuthenticatedDomains(), CancellationToken.None).AsTask();
        clock.Advance(TimeSpan.FromSeconds(seconds));
        if (!isOver) dns.Answer.SetResult(new DnsAnswer<string>(DnsStatus.Found, ["v=DMARC1; p=reject"]));
        Assert.Equal(isOver ? DmarcResult.TempError : DmarcResult.Fail, (await run).Result);
    }

    [Fact]
    public async Task Slow_dns_of_one_author_does_not_cover_for_another()
    {
        var clock = new FakeTimeProvider();
        var run = new MessageCheck(Strict, suffixes: null, new SilentDns("reject.test"), clock).RunAsync(FromHeader.Parse("a@slow.test <b@reject.test> c@slower.test"), new AuthenticatedDomains(), CancellationToken.None).AsTask();
        clock.Advance(TimeSpan.FromSeconds(20));
        var outcome = await run;
        Assert.Equal((DmarcResult.Fail, "reject.test", DmarcPolicy.Reject), (outcome.Result, outcome.Author, outcome.Disposition));
    }

    [Fact]
    public async Task Session_that_ends_ends_the_check()
    {
        using var stop = new CancellationTokenSource();
        var dns = new SilentDns();
        var run = new MessageCheck(Strict, suffixes: null, dns, new FakeTimeProvider()).RunAsync(FromHeader.Parse("joe@reject.test"), new AuthenticatedDomains(), stop.Token).AsTask();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
    }

    [Theory]
    [InlineData("tree", "none", 20)]
    [InlineData("public-suffix", "none", 20)]
    [InlineData("tree-walk", "perhaps", 20)]
    [InlineData("tree-walk", "none", 0)]
    public void Options_that_mean_nothing_are_refused(string discovery, string quarantine, int time) =>
        Assert.Single(new DmarcOptions(OrganizationalDomain: discovery, Quarantine: quarantine, LookupTime: time).Mistakes());

    [Theory]
    [InlineData("none", false)]
    [InlineData("hold", false)]
    [InlineData("reject", true)]
    public async Task Quarantine_may_refuse(string quarantine, bool isRefused) =>
        Assert.Equal(isRefused, (await RunAsync(["joe@a.hold.test"], new DmarcOptions(Quarantine: quarantine))).Verdict is Verdict.Refuse { Text: "rejected by DMARC policy for hold.test" });

    private static async Task<(Verdict Verdict, AuthenticationResult? Found, RecordedEdits Edits)> RunAsync(
        IReadOnlyList<string> from, DmarcOptions options, IReadOnlyList<AuthenticationResult>? results = null, string sender = "bounce@sender.test", string client = "192.0.2.10", string? user = null)
    {
        await using var milter = Milter(options);
        var transaction = new TransactionFacts { Sender = Address.FromInternal(sender) };
        foreach (var result in results ?? []) transaction.Results.Add(result);
        var context = new EndOfDataContext(Session(client, user), transaction, [], new HeaderOnlyMessage([.. from.Select(value => new HeaderField("From", " " + value))]));
        var edits = new RecordedEdits();
        await using var session = (await milter.StartAsync(context, CancellationToken.None))!;
        return (await session.EndOfMessageAsync(context, edits, CancellationToken.None), context.Results.Find("dmarc"), edits);
    }

    private static DmarcMilter Milter(DmarcOptions options) =>
        new("dmarc", new MessageCheck(options, suffixes: null, new Zone(JsonDocument.Parse(Zones).RootElement), TimeProvider.System), options);

    private static AuthenticationResult Result(string method, string result, string property, string value) => new(method, result) { Properties = [new(property, value)] };

    private static SessionFacts Session(string client, string? user, bool isOurs = false) => new()
    {
        Id = "s", Listener = "smtp", Server = new Server(IPAddress.Loopback, 25, "mx.example.test"), Client = new Client { Address = IPAddress.Parse(client), IsInMyNetworks = isOurs },
        Helo = new Helo("mail.sender.test", IsExtended: true), Sasl = user is null ? null : new Sasl(user, "PLAIN"),
    };

    private sealed class RecordedEdits : IMilterEdits
    {
        public string? Held { get; private set; }

        public void ChangeSender(Address sender, MailParameters? parameters = null) => throw new NotSupportedException();

        public void AddRecipient(Address recipient, RecipientParameters? parameters = null) => throw new NotSupportedException();

        public void RemoveRecipient(Address recipient) => throw new NotSupportedException();

        public ValueTask ReplaceBodyAsync(ReadOnlyMemory<byte> piece, CancellationToken cancellationToken) => throw new NotSupportedException();

        public void Progress() => throw new NotSupportedException();

        public void Quarantine(string reason) => Held = reason;
    }

    private sealed class HeaderOnlyMessage(IReadOnlyList<HeaderField> headers) : IMessage
    {
        public long Size => 0;

        public IReadOnlyList<HeaderField> Headers => headers;

        public HeaderField? FindHeader(string name) => headers.FirstOrDefault(field => field.Name == name);

        public void AddHeader(string name, string value, bool atTop = false) => throw new NotSupportedException();

        public void ChangeHeader(string name, int occurrence, string value) => throw new NotSupportedException();

        public void InsertHeader(int index, string name, string value) => throw new NotSupportedException();

        public bool RemoveHeader(string name, int occurrence) => throw new NotSupportedException();

        public int RemoveHeader(string name) => throw new NotSupportedException();

        public Stream OpenRead() => throw new NotSupportedException();

        public Stream OpenBody() => throw new NotSupportedException();
    }
}
