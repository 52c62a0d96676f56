using System.Runtime.CompilerServices;
using System.Text;
using PolicyMTA.Delivery.Tests.Support;
using PolicyMTA.Queue;
using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Tests.Reports;

/// <summary>
/// Reports of a Postfix, as they were recorded, beside ours for the same outcomes: every field of every part, what is said of each recipient, and what is returned.
/// The words to the sender are left out of the recordings: ours are our own. Outcomes are those of Postfix's log lines.
/// </summary>
public sealed class PostfixReportTests
{
    private const string Nxdomain = "Host or domain name not found. Name service error for name={0} type=AAAA: Host not found";
    private const string NoSuchUser = "550 5.1.1 <{0}>: No such user here";
    private const string Grey = "451 4.7.1 Greylisting in action, please come back later";
    private const string Refused = "connect to mx.down.test[198.51.100.23]:25: Connection refused";
    private const string Saved = "250 2.0.0 <bob@example.test> 6H7OOF8dA2ugWwAAg+zDdQ Saved";

    [Theory]
    [InlineData("failure-reject", "x@reject.test", "5.1.1", "mx.reject.test[198.51.100.22]", NoSuchUser, " (in reply to RCPT TO command)")]
    [InlineData("failure-rejectdata", "x@rejectdata.test", "5.7.1", "mx.rejectdata.test[198.51.100.24]", "554 5.7.1 Message content rejected", " (in reply to end of DATA command)")]
    [InlineData("failure-nullmx", "x@nullmx.test", "5.1.0", null, null, "Domain nullmx.test does not accept mail (nullMX)")]
    [InlineData("failure-badmx", "x@badmx.test", "5.4.4", null, null, Nxdomain, "nosuchhost.test")]
    [InlineData("failure-nxdomain", "x@nxdomain.invalid", "5.4.4", null, null, Nxdomain, "nxdomain.invalid")]
    [InlineData("failure-mixed", "rcpt@reject.test", "5.1.1", "mx.reject.test[198.51.100.22]", NoSuchUser, " (in reply to RCPT TO command)", null, "mixed@example.test")]
    [InlineData("expired-down", "x@down.test", "4.4.1", null, null, Refused)]
    [InlineData("expired-greylist", "x@greylist.test", "4.7.1", "mx.greylist.test[198.51.100.21]", Grey, " (in reply to RCPT TO command)")]
    [InlineData("delay-down", "x@down.test", "4.4.1", null, null, Refused)]
    [InlineData("delay-greylist", "x@greylist.test", "4.7.1", "mx.greylist.test[198.51.100.21]", Grey, " (in reply to RCPT TO command)")]
    [InlineData("success-bob", "bob@example.test", "2.0.0", "example.test[private/dovecot-lmtp]", Saved, null)]
    [InlineData("success-sales", "sales@example.test", "2.0.0", null, null, "alias expanded")]
    public async Task Report_has_the_fields_of_Postfix(string name, string recipient, string status, string? relay, string? reply, string? text, string? argument = null, string? original = null)
    {
        var recorded = Read(name);
        var kind = name.Split('-')[0] switch { "delay" => ReportKind.Delay, "success" => ReportKind.Success, _ => ReportKind.Failure };
        reply = reply?.Replace("{0}", recipient, StringComparison.Ordinal);
        text = text?.Replace("{0}", argument, StringComparison.Ordinal);
        var outcome = new RecipientOutcome
        {
            Recipient = 0,
            Action = kind switch { ReportKind.Failure => DeliveryAction.Failed, ReportKind.Delay => DeliveryAction.Deferred, _ => DeliveryAction.Delivered },
            Status = EnhancedStatus.TryParse(status, out var parsed) ? parsed : default,
            Text = reply is null ? text! : text is null ? reply : $"host {relay} said: {reply}{text}",
            RemoteReply = reply,
            RemoteHost = relay?.Split('[')[0],
            Relay = relay ?? "none",
            IsExpanded = text == "alias expanded",
        };
        var parameters = kind == ReportKind.Success ? new RecipientParameters { Notify = Notify.Success | Notify.Failure, OriginalRecipient = "rfc822;" + recipient } : RecipientParameters.None;
        var queued = Post.To(recipient)[0] with { Original = original is null ? null : Address.FromInternal(original), Parameters = parameters };

        Assert.Equal(recorded, Sections(await ReportAsync(recorded, kind, queued, outcome)));
    }

    /// <summary>What the recording says of the message and the time is given, not found.</summary>
    private static async Task<string> ReportAsync(SortedDictionary<string, string> recorded, ReportKind kind, QueuedRecipient recipient, RecipientOutcome outcome)
    {
        var boundary = Between(recorded["header"], "boundary=\"", "\"");
        var now = DateTimeOffset.FromUnixTimeSeconds(long.Parse(Between(boundary, ".", "/"), System.Globalization.CultureInfo.InvariantCulture));
        var message = new QueuedMessage
        {
            Id = new QueueId(boundary.Split('.')[0]),
            Arrived = DateTimeOffset.Parse(Between(recorded["report"], "Arrival-Date: ", " (UTC)"), System.Globalization.CultureInfo.InvariantCulture),
            Sender = Address.FromInternal("alice@example.test"),
            Mail = kind == ReportKind.Success ? new MailParameters { EnvelopeId = "QQ314159", Ret = Ret.Headers } : MailParameters.None,
            Origin = new MessageOrigin { Kind = OriginKind.Smtp },
            Content = MemoryContent.Of(recorded["original"][(recorded["original"].IndexOf('\n') + 1)..]),
        };
        var settings = Office.Settings() with { MailName = "Postfix", MaximalQueueLifetime = TimeSpan.FromSeconds(60), DelayWarningTime = TimeSpan.FromSeconds(10) };
        await using var office = new Office(settings, now: now);
        var report = await office.Deliverer.ReportAsync(new ReportRequest(new QueueId(Between(recorded["header"], "\tid ", ";")), message, kind, [(recipient, outcome)]), CancellationToken.None);
        return ((MemoryWriter)report!.Content).Text;
    }

    private static SortedDictionary<string, string> Sections(string report)
    {
        var text = report.Replace("\r\n", "\n", StringComparison.Ordinal);
        var parts = text.Split("\n--" + Between(text, "boundary=\"", "\""));
        var notification = parts[1].Trim('\n').Split("\n\n", 2);
        var returned = parts[3].Trim('\n').Split("\n\n", 2);
        return new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["header"] = parts[0].Split("\n\n")[0], ["notification"] = notification[0], ["reasons"] = notification[1][(notification[1].IndexOf("\n<", StringComparison.Ordinal) + 1)..],
            ["report"] = parts[2].Trim('\n'), ["returned"] = returned[0], ["original"] = returned[1].TrimEnd('\n'),
        };
    }

    private static SortedDictionary<string, string> Read(string name, [CallerFilePath] string caller = "")
    {
        var sections = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var section in ("\n" + File.ReadAllText(Path.Combine(Path.GetDirectoryName(caller)!, "Postfix", name + ".txt"), Encoding.UTF8)).Split("\n== ", StringSplitOptions.RemoveEmptyEntries))
        {
            var parts = section.Split('\n', 2);
            sections.Add(parts[0], parts[1].TrimEnd('\n'));
        }
        return sections;
    }

    private static string Between(string text, string before, string after)
    {
        var from = text.IndexOf(before, StringComparison.Ordinal) + before.Length;
        return text[from..text.IndexOf(after, from, StringComparison.Ordinal)];
    }
}
