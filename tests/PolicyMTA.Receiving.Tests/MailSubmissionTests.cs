using System.Text;
using PolicyMTA.Receiving.Messages;
using PolicyMTA.Receiving.Submission;
using PolicyMTA.Sdk;
using PolicyMTA.Testing;

namespace PolicyMTA.Receiving.Tests;

/// <summary>Mail that the server writes itself.</summary>
public sealed class MailSubmissionTests
{
    private static readonly ServerMail Mail = new()
    {
        Sender = Address.Null, Recipients = [Address.FromInternal("alice@example.test")], Content = Encoding.ASCII.GetBytes("From: mta@example.test\r\nSubject: report\r\n\r\nbody\r\n"),
    };

    [Fact]
    public async Task Mail_is_queued_at_once_with_the_fields_it_lacks_and_signed_by_milters()
    {
        var milter = new ScriptedMilter { AtSigning = context => context.Message.AddHeader("X-Signed", "yes", atTop: true) };
        await using var server = await MaildropServer.PrepareAsync(change: settings => settings with { Milters = milter.With() });
        await using var submission = Submission(server);

        var queued = Assert.IsType<SubmissionOutcome.Queued>(await submission.SubmitAsync(Mail, CancellationToken.None));

        var entry = Assert.Single(await server.Receiving.QueuedAsync());
        Assert.Equal((queued.Id, Address.Null, "alice@example.test"), (entry.Id, entry.Sender, Assert.Single(entry.Recipients).Address.ToString()));
        Assert.True(entry.Recipients[0].Due <= TimeProvider.System.GetUtcNow(), "it waits for nothing");
        var content = await server.Receiving.ContentAsync(entry);
        Assert.Matches("^Received: [^\r]+\r\n\t[^\r]+\r\nX-Signed: yes\r\nFrom: mta@example\\.test\r\nSubject: report\r\nMessage-Id: [^\r]+\r\nDate: [^\r]+\r\n\r\nbody\r\n$", content);
    }

    [Fact]
    public async Task Mail_of_the_server_passes_no_content_filter()
    {
        await using var server = await MaildropServer.PrepareAsync(change: settings => settings with { Receive = new ReceiveOptions { ContentFilter = "smtp:[127.0.0.1]:10025" } });
        await using var submission = Submission(server);
        Assert.IsType<SubmissionOutcome.Queued>(await submission.SubmitAsync(Mail, CancellationToken.None));
        Assert.Null(Assert.Single(Assert.Single(await server.Receiving.QueuedAsync()).Recipients).RouteOverride);
    }

    [Theory]
    [InlineData("reject('go away')", true)]
    [InlineData("defer('later')", false)]
    public async Task Rule_against_it_leaves_nothing_in_the_queue(string verdict, bool isFinal)
    {
        await using var server = await MaildropServer.PrepareAsync($"import {{ reject, defer }} from 'policymta';\nexport default [() => {verdict}];\n");
        await using var submission = Submission(server);
        var outcome = await submission.SubmitAsync(Mail, CancellationToken.None);
        Assert.Equal(isFinal ? typeof(SubmissionOutcome.Refused) : typeof(SubmissionOutcome.Deferred), outcome.GetType());
        Assert.Empty(await server.Receiving.QueuedAsync());
    }

    [Theory]
    [InlineData(19_000, true)]
    [InlineData(20_001, false)]
    public async Task Limit_of_size_holds(int size, bool isQueued)
    {
        await using var server = await MaildropServer.PrepareAsync();
        await using var submission = Submission(server);
        var content = "Subject: x\r\n\r\n" + string.Concat(Enumerable.Repeat("0123456789abcde\r\n", (size - 14) / 17 + 1));
        var outcome = await submission.SubmitAsync(Mail with { Content = Encoding.ASCII.GetBytes(content) }, CancellationToken.None);
        Assert.Equal(isQueued, outcome is SubmissionOutcome.Queued);
        Assert.Equal(!isQueued, outcome is SubmissionOutcome.Refused refused && refused.Reason.Contains("message_size_limit", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Nothing_is_taken_when_the_server_stops()
    {
        await using var server = await MaildropServer.PrepareAsync();
        var submission = Submission(server);
        Assert.True(submission.IsOpen);
        await submission.DisposeAsync();
        Assert.False(submission.IsOpen);
        Assert.IsType<SubmissionOutcome.Deferred>(await submission.SubmitAsync(Mail, CancellationToken.None));
        Assert.Empty(await server.Receiving.QueuedAsync());
    }

    private static MailSubmission Submission(MaildropServer server) => new(server.Receiving.Current, server.Receiving.Queue, TimeProvider.System, server.Log);
}
