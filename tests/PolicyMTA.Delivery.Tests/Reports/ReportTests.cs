using PolicyMTA.Delivery.Reports;
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

    [Fact]
    public async Task Copy_for_the_postmaster_reads_like_this()
    {
        var report = await ReportAsync(ReportKind.Failure, Post.To("nobody-here@example.test")[0], Refused, reader: ReportReader.Postmaster);
        Golden.Check("postmaster", Text(report));
        Assert.Equal(("double-bounce@example.test", "postmaster@example.test"), (report!.Sender.ToString(), report.Recipients[0].Address.ToString()));
        Assert.Equal(OriginKind.Report, report.Origin.Kind);
    }

    [Fact]
    public async Task Bounce_that_failed_is_returned_whole_to_the_postmaster()
    {
        var settings = Office.Settings() with { DoubleBounceNoticeRecipient = "two@ops.test", BounceNoticeRecipient = "one@ops.test", DelayNoticeRecipient = "late@ops.test", DoubleBounceSender = "dead-end" };
        var bounce = Post.Message(sender: "") with { Origin = new MessageOrigin { Kind = OriginKind.Report } };
        var report = await ReportAsync(ReportKind.Failure, Post.To("joe@good.test")[0], Refused, settings, bounce, ReportReader.Postmaster);
        Assert.Equal(("dead-end@example.test", "two@ops.test"), (report!.Sender.ToString(), report.Recipients[0].Address.ToString()));
        Assert.Contains("\r\nContent-Type: message/rfc822\r\n", Text(report));
        Assert.Contains("\r\nSubject: Postmaster Copy: Undelivered Mail\r\nTo: two@ops.test\r\n", Text(report));
        Assert.DoesNotContain("X-PolicyMTA-Sender", Text(report));

        var late = await ReportAsync(ReportKind.Delay, Post.To("joe@good.test")[0], Down, settings, reader: ReportReader.Postmaster);
        Assert.Equal("late@ops.test", late!.Recipients[0].Address.ToString());
        Assert.Contains("\r\nSubject: Postmaster Warning: Delayed Mail\r\n", Text(late));
        Assert.Equal("one@ops.test", (await ReportAsync(ReportKind.Failure, Post.To("joe@good.test")[0], Refused, settings, reader: ReportReader.Postmaster))!.Recipients[0].Address.ToString());
    }

    [Fact]
    public async Task Notice_to_the_postmaster_is_not_reported_to_anybody()
    {
        var notice = Post.Message(sender: "double-bounce@example.test") with { Origin = new MessageOrigin { Kind = OriginKind.Report } };
        Assert.Null(await ReportAsync(ReportKind.Failure, Post.To("postmaster@example.test")[0], Refused, message: notice));
        Assert.Null(await ReportAsync(ReportKind.Failure, Post.To("postmaster@example.test")[0], Refused, message: notice, reader: ReportReader.Postmaster));
    }

    [Theory]
    [InlineData("MAILER-DAEMON (Post Office)", "MAILER-DAEMON@example.test (Post Office)")]
    [InlineData("Post Office <office>", "Post Office <office@example.test>")]
    [InlineData("office", "office@example.test")]
    [InlineData("office@other.test", "office@other.test")]
    public async Task Template_gives_words_subject_and_author(string from, string shown)
    {
        var template = new BounceTemplate { From = from, Subject = "Returned", PostmasterSubject = "Copy: Returned", Text = "Sorry.\r\n" };
        var settings = Office.Settings() with { BounceTemplates = new BounceTemplates { Failure = template } };
        var text = Text(await ReportAsync(ReportKind.Failure, Post.To("a@example.test")[0], Refused, settings));
        Assert.Contains($"\r\nFrom: {shown}\r\nSubject: Returned\r\n", text);
        Assert.Contains("Content-Transfer-Encoding: 8bit\r\n\r\nSorry.\r\n\r\n<a@example.test>: ", text);

        var copy = Text(await ReportAsync(ReportKind.Failure, Post.To("a@example.test")[0], Refused, settings, reader: ReportReader.Postmaster));
        Assert.Contains("\r\nSubject: Copy: Returned\r\n", copy);
        Assert.DoesNotContain("Sorry.", copy);
    }

    [Theory]
    [InlineData(10, "10 seconds")]
    [InlineData(3600, "1 hour")]
    [InlineData(14400, "4 hours")]
    [InlineData(5400, "90 minutes")]
    [InlineData(172800, "2 days")]
    public async Task Delay_is_said_in_the_largest_unit_that_fits(int seconds, string words)
    {
        var text = Text(await ReportAsync(ReportKind.Delay, Post.To("a@example.test")[0], Down, Office.Settings() with { DelayWarningTime = TimeSpan.FromSeconds(seconds) }));
        Assert.Contains($" for {words}. ", text);
    }

    [Fact]
    public async Task Remote_reply_is_cut_into_lines_and_into_ascii()
    {
        var reply = "550 " + new string('x', 3000) + " gr\u00fc\u00dfe \u2028 \u0085 \ud800";
        var text = Text(await ReportAsync(ReportKind.Failure, Post.To("a@example.test")[0], Refused with { Text = "host said: " + reply, RemoteReply = reply }));
        Assert.All(text.Split("\r\n"), line => Assert.InRange(System.Text.Encoding.UTF8.GetByteCount(line), 0, 998));
        var status = text[text.IndexOf("Content-Type: message/delivery-status", StringComparison.Ordinal)..];
        status = status[..status.IndexOf("\r\n--", StringComparison.Ordinal)];
        Assert.True(System.Text.Ascii.IsValid(status));
        Assert.Contains("gr??e", status);
        Assert.Contains("gr\u00fc\u00dfe", text); // the part that people read is UTF-8
        Assert.DoesNotContain('\u2028', text);
    }

    [Fact]
    public async Task Address_that_is_not_ascii_is_spelled_out_for_readers_that_know_ascii_only()
    {
        var text = Text(await ReportAsync(ReportKind.Failure, Post.To("gr\u00fcn@example.test")[0], Down));
        Assert.Contains("\r\nFinal-Recipient: utf-8; gr\\x{FC}n@example.test\r\nOriginal-Recipient: utf-8;gr\\x{FC}n@example.test\r\n", text);
        Assert.Contains("report-type=delivery-status;", text);
    }

    [Fact]
    public async Task Report_goes_where_the_aliases_of_the_sender_lead()
    {
        var aliases = new FakeTable(("joe@good.test", "ann@good.test, bob@good.test"));
        var report = await ReportAsync(ReportKind.Failure, Post.To("a@example.test")[0], Refused, classes: new FakeClasses { Aliases = [aliases] });
        Assert.Equal(["ann@good.test", "bob@good.test"], report!.Recipients.Select(recipient => recipient.Address.ToString()));
        Assert.All(report.Recipients, recipient => Assert.Equal(Notify.Never, recipient.Parameters.Notify));
        Assert.Contains("\r\nTo: joe@good.test\r\n", Text(report));
    }

    private static async Task<NewMessage?> ReportAsync(
        ReportKind kind, QueuedRecipient recipient, RecipientOutcome outcome, DeliverySettings? settings = null, QueuedMessage? message = null, ReportReader reader = ReportReader.Sender, FakeClasses? classes = null)
    {
        await using var office = new Office(settings, classes: classes);
        return await office.Deliverer.ReportAsync(new ReportRequest(new QueueId("671B211C3F2"), message ?? Post.Message(), kind, [(recipient, outcome)]) { Reader = reader }, CancellationToken.None);
    }

    private static string Text(NewMessage? report) => ((MemoryWriter)report!.Content).Text;
}
