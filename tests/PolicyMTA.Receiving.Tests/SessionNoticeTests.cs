using System.Buffers;
using System.Text;
using System.Threading.Channels;
using PolicyMTA.Receiving.Notices;
using PolicyMTA.Sdk;
using PolicyMTA.Smtp;

namespace PolicyMTA.Receiving.Tests;

/// <summary>What the postmaster is told of sessions, by <c>notify_classes</c>.</summary>
public sealed class SessionNoticeTests
{
    private const string Trouble = """
        S: 220 *
        C: EHLO client.example
        S: ...
        C: NONSENSE
        S: 500 *
        C: AUTH PLAIN AGFsaWNlAHNlY3JldA==
        S: ...
        C: QUIT
        S: 221 *
        EOF
        """;

    [Theory]
    [InlineData(NotifyClasses.Protocol, NotifyClasses.Protocol)]
    [InlineData(NotifyClasses.Protocol | NotifyClasses.Resource | NotifyClasses.Bounce, NotifyClasses.Protocol)]
    public async Task Session_with_trouble_is_told_with_its_transcript(NotifyClasses wanted, NotifyClasses told)
    {
        var notices = new Kept();
        await using var server = await ReceivingServer.StartAsync(service => service with { NotifyClasses = wanted }, notices: notices);
        await server.PlayAsync(Trouble);
        var notice = await notices.NextAsync();
        Assert.Equal(told, notice.Classes);
        Assert.Contains("[127.0.0.1]", notice.Client);
        Assert.Equal(["In:  EHLO client.example", "In:  NONSENSE", "In:  AUTH PLAIN ...", "In:  QUIT"], notice.Transcript.Where(line => line.StartsWith("In:", StringComparison.Ordinal)));
        Assert.StartsWith("Out: 220 ", notice.Transcript[0]);
        Assert.Contains("Out: 500 5.5.2 Error: command not recognized", notice.Transcript);
        Assert.DoesNotContain(notice.Transcript, line => line.Contains("AGFsa", StringComparison.Ordinal) || line.Contains('\r') || line.Contains('\n'));
    }

    [Theory]
    [InlineData(NotifyClasses.None)]
    [InlineData(NotifyClasses.Resource | NotifyClasses.Software)]
    [InlineData(NotifyClasses.Bounce | NotifyClasses.DoubleBounce | NotifyClasses.Delay)]
    public async Task Trouble_nobody_asked_for_is_not_told(NotifyClasses wanted)
    {
        var notices = new Kept();
        await using var server = await ReceivingServer.StartAsync(service => service with { NotifyClasses = wanted }, notices: notices);
        await server.PlayAsync(Trouble);
        await server.Receiver.DrainAsync(TimeSpan.Zero, CancellationToken.None);
        Assert.Equal(0, notices.Count);
    }

    [Fact]
    public async Task Message_is_not_part_of_the_transcript()
    {
        var notices = new Kept();
        await using var server = await ReceivingServer.StartAsync(service => service with { NotifyClasses = NotifyClasses.Protocol }, notices: notices);
        await server.PlayAsync("""
            S: 220 *
            C: EHLO client.example
            S: ...
            C: MAIL FROM:<joe@good.test>
            S: 250 *
            C: RCPT TO:<alice@example.test>
            S: 250 *
            C: DATA
            S: 354 *
            C: Subject: x
            C:
            C: nobody else reads this
            C: .
            S: 250 *
            C: NONSENSE
            S: 500 *
            C: QUIT
            S: 221 *
            EOF
            """);
        var notice = await notices.NextAsync();
        Assert.Contains("In:  DATA", notice.Transcript);
        Assert.DoesNotContain(notice.Transcript, line => line.Contains("nobody else", StringComparison.Ordinal) || line.Contains("Subject", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(250, "2.1.0", "MAIL", NotifyClasses.None)]
    [InlineData(452, "4.3.1", "MAIL", NotifyClasses.Resource)]
    [InlineData(451, "4.3.5", "RCPT", NotifyClasses.Software)]
    [InlineData(421, "4.3.0", "RCPT", NotifyClasses.Software)]
    [InlineData(500, null, "ETRN", NotifyClasses.Protocol)]
    [InlineData(503, "5.5.1", "MAIL", NotifyClasses.Protocol)]
    [InlineData(555, "5.5.4", "MAIL", NotifyClasses.Protocol)]
    [InlineData(450, "4.7.1", "RCPT", NotifyClasses.Policy)]
    [InlineData(552, "5.3.4", "MAIL", NotifyClasses.Policy)]
    [InlineData(550, "5.7.1", "DATA", NotifyClasses.Data)]
    [InlineData(550, "5.7.1", "BDAT", NotifyClasses.Data)]
    public void Reply_tells_the_kind_of_trouble(int code, string? status, string verb, NotifyClasses classes) =>
        Assert.Equal(classes, SessionTranscript.Classify(SmtpReply.Single(code, status, "x"), verb));

    [Theory]
    [InlineData(SessionTranscript.FirstLines + SessionTranscript.LastLines, SessionTranscript.FirstLines + SessionTranscript.LastLines)]
    [InlineData(SessionTranscript.FirstLines + SessionTranscript.LastLines + 1, SessionTranscript.FirstLines + SessionTranscript.LastLines + 1)]
    [InlineData(5000, SessionTranscript.FirstLines + SessionTranscript.LastLines + 1)]
    public void Transcript_keeps_beginning_and_end(int heard, int kept)
    {
        var transcript = new SessionTranscript(NotifyClasses.Policy);
        for (var i = 0; i < heard; i++) transcript.Heard(Line($"NOOP {i}"));
        var lines = transcript.Lines();
        Assert.Equal(kept, lines.Count);
        Assert.Equal(("In:  NOOP 0", $"In:  NOOP {heard - 1}"), (lines[0], lines[^1]));
        Assert.Equal(heard > 200, lines.Any(line => line == $"... {heard - 200} lines are left out"));
    }

    [Theory]
    [InlineData(SessionTranscript.LongestLine, SessionTranscript.LongestLine)]
    [InlineData(SessionTranscript.LongestLine + 1, SessionTranscript.LongestLine)]
    public void Long_line_is_cut(int length, int kept)
    {
        var transcript = new SessionTranscript(NotifyClasses.Policy);
        transcript.Heard(Line(new string('x', length)));
        Assert.Equal("In:  ".Length + kept, Assert.Single(transcript.Lines()).Length);
    }

    [Fact]
    public void Only_the_trouble_is_kept_where_only_the_servers_own_is_asked_for()
    {
        var transcript = new SessionTranscript(NotifyClasses.Resource | NotifyClasses.Software);
        transcript.Heard(Line("EHLO x"));
        transcript.Said(SmtpReply.Single(250, (string?)null, "hello"), "EHLO");
        transcript.Said(SmtpReply.Single(452, "4.3.1", "Insufficient system storage"), "MAIL");
        Assert.Equal(["Out: 452 4.3.1 Insufficient system storage"], transcript.Lines());
        Assert.Equal(NotifyClasses.Resource, transcript.Trouble);
    }

    private static ReadOnlySequence<byte> Line(string text) => new(Encoding.ASCII.GetBytes(text));

    private sealed class Kept : ISessionNotices
    {
        private readonly Channel<SessionNotice> _notices = Channel.CreateUnbounded<SessionNotice>();

        internal int Count => _notices.Reader.Count;

        internal async Task<SessionNotice> NextAsync() => await _notices.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20));

        public void Report(SessionNotice notice) => _notices.Writer.TryWrite(notice);
    }
}
