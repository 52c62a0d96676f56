using PolicyMTA.Delivery.Tests.Support;
using PolicyMTA.Queue;
using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Tests.Reports;

public sealed class ReportTests
{
    private static readonly RecipientOutcome Refused = new()
    {
        Recipient = 0,
        Action = DeliveryAction.Failed,
        Status = new EnhancedStatus(5, 1, 1),
        Text = "host example.test[private/dovecot-lmtp] said: 550 5.1.1 <nobody-here@example.test> User doesn't exist: nobody-here@example.test (in reply to RCPT TO command)",
        RemoteReply = "550 5.1.1 <nobody-here@example.test> User doesn't exist: nobody-here@example.test",
        RemoteHost = "example.test",
        Relay = "example.test[private/dovecot-lmtp]",
    };

    private static readonly RecipientOutcome Down = new()
    {
        Recipient = 0,
        Action = DeliveryAction.Deferred,
        Status = new EnhancedStatus(4, 4, 1),
        Text = "connect to mx.down.test[198.51.100.23]:25: Connection refused",
    };

    private static readonly RecipientOutcome Saved = new()
    {
        Recipient = 0,
        Action = DeliveryAction.Delivered,
        Status = new EnhancedStatus(2, 0, 0),
        Text = "250 2.0.0 <bob@example.test> 6H7OOF8dA2ugWwAAg+zDdQ Saved",
        RemoteReply = "250 2.0.0 <bob@example.test> 6H7OOF8dA2ugWwAAg+zDdQ Saved",
        RemoteHost = "example.test",
        Relay = "example.test[private/dovecot-lmtp]",
    };

    [Fact]
    public async Task Bounce_reads_like_this()
    {
        var recipient = Post.To("nobody-here@example.test")[0] with { Original = Address.FromInternal("dead@example.test") };
        var report = await ReportAsync(ReportKind.Failure, recipient, Refused);
        Golden.Check("bounce", Text(report));
        Assert.Equal(Address.Null, report!.Sender);
        Assert.Equal("joe@good.test", report.Recipients[0].Address.ToString());
        Assert.Equal((OriginKind.Report, "671B211C3F2"), (report.Origin.Kind, report.Id.Value));
    }

    [Fact]
    public async Task Warning_reads_like_this()
    {
        var settings = Office.Settings() with { DelayWarningTime = TimeSpan.FromHours(4) };
        Golden.Check("delay", Text(await ReportAsync(ReportKind.Delay, Post.To("x@down.test")[0], Down, settings)));
    }

    [Fact]
    public async Task Success_reads_like_this()
    {
        var message = Post.Message() with { Mail = new MailParameters { EnvelopeId = "QQ314159" } };
        var recipient = Post.To("bob@example.test")[0] with { Parameters = new RecipientParameters { Notify = Notify.Success } };
        Golden.Check("success", Text(await ReportAsync(ReportKind.Success, recipient, Saved, message: message)));
    }

    [Fact]
    public async Task International_report_reads_like_this()
    {
        var message = Post.Message(sender: "jörg@good.test") with { Mail = new MailParameters { SmtpUtf8 = true } };
        var report = await ReportAsync(ReportKind.Failure, Post.To("grün@example.test")[0], Down, message: message);
        Assert.True(report!.Mail.SmtpUtf8);
        Golden.Check("international", Text(report));
    }

    [Theory]
    [InlineData(ReportKind.Failure, Notify.Unspecified, true)]
    [InlineData(ReportKind.Failure, Notify.Failure, true)]
    [InlineData(ReportKind.Failure, Notify.Never, false)]
    [InlineData(ReportKind.Failure, Notify.Success | Notify.Delay, false)]
    [InlineData(ReportKind.Delay, Notify.Unspecified, true)]
    [InlineData(ReportKind.Delay, Notify.Delay, true)]
    [InlineData(ReportKind.Delay, Notify.Failure, false)]
    [InlineData(ReportKind.Delay, Notify.Never, false)]
    [InlineData(ReportKind.Success, Notify.Unspecified, false)]
    [InlineData(ReportKind.Success, Notify.Success, true)]
    [InlineData(ReportKind.Success, Notify.Failure, false)]
    public async Task Notify_decides(ReportKind kind, Notify notify, bool isSent)
    {
        var recipient = Post.To("a@example.test")[0] with { Parameters = new RecipientParameters { Notify = notify } };
        Assert.Equal(isSent, await ReportAsync(kind, recipient, Saved) is not null);
    }

    [Fact]
    public async Task Success_that_the_next_hop_will_report_is_not_reported_here()
    {
        var recipient = Post.To("a@example.test")[0] with { Parameters = new RecipientParameters { Notify = Notify.Success } };
        Assert.Null(await ReportAsync(ReportKind.Success, recipient, Saved with { ReportsPassedOn = true }));
    }

    [Fact]
    public async Task Null_sender_and_reports_are_never_answered()
    {
        var recipient = Post.To("a@example.test")[0];
        Assert.Null(await ReportAsync(ReportKind.Failure, recipient, Refused, message: Post.Message(sender: "")));
        Assert.Null(await ReportAsync(ReportKind.Failure, recipient, Refused, message: Post.Message() with { Origin = new MessageOrigin { Kind = OriginKind.Report } }));
    }

    [Theory]
    [InlineData(Ret.Unspecified, 50_000, true)]
    [InlineData(Ret.Full, 50_000, true)]
    [InlineData(Ret.Headers, 50_000, false)]
    [InlineData(Ret.Full, 10, false)]
    public async Task Message_is_returned_whole_unless_it_is_large_or_only_headers_were_asked_for(Ret ret, long limit, bool isWhole)
    {
        var message = Post.Message() with { Mail = new MailParameters { Ret = ret } };
        var text = Text(await ReportAsync(ReportKind.Failure, Post.To("a@example.test")[0], Refused, Office.Settings() with { BounceSizeLimit = limit }, message));
        Assert.Equal(isWhole, text.Contains("Content-Type: message/rfc822\r\n"));
        Assert.Equal(!isWhole, text.Contains("Content-Description: Undelivered Message Headers\r\nContent-Type: text/rfc822-headers\r\n"));
        Assert.Equal(isWhole, text.Contains("\r\n\r\ndead\r\n"));
    }

    [Fact]
    public async Task Remote_reply_can_not_write_fields_of_ours()
    {
        var evil = Refused with { Text = "host said: 550 x\r\nBcc: all@x.test", RemoteReply = "550 x\r\n\r\n--boundary" };
        var text = Text(await ReportAsync(ReportKind.Failure, Post.To("a@example.test")[0], evil));
        Assert.DoesNotContain("\nBcc:", text);
        Assert.DoesNotContain("\n--boundary", text);
    }

    private static async Task<NewMessage?> ReportAsync(ReportKind kind, QueuedRecipient recipient, RecipientOutcome outcome, DeliverySettings? settings = null, QueuedMessage? message = null)
    {
        await using var office = new Office(settings);
        return await office.Deliverer.ReportAsync(new ReportRequest(new QueueId("671B211C3F2"), message ?? Post.Message(), kind, [(recipient, outcome)]), CancellationToken.None);
    }

    private static string Text(NewMessage? report) => ((MemoryWriter)report!.Content).Text;
}
