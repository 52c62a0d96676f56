using PolicyMTA.Sdk;

namespace PolicyMTA.Queue.Tests;

/// <summary>What the postmaster is told of, by <c>notify_classes</c>, and where that ends.</summary>
public sealed class PostmasterTests
{
    [Theory]
    [InlineData("a@sender.test", NotifyClasses.None, "Sender")]
    [InlineData("a@sender.test", NotifyClasses.DoubleBounce | NotifyClasses.Delay, "Sender")]
    [InlineData("a@sender.test", NotifyClasses.Bounce, "Sender Postmaster")]
    [InlineData("MAILER-DAEMON@sender.test", NotifyClasses.None, "")]
    [InlineData("", NotifyClasses.Bounce | NotifyClasses.Delay, "")]
    [InlineData("", NotifyClasses.DoubleBounce, "Postmaster")]
    public async Task Failure_is_told_to(string sender, NotifyClasses classes, string readers)
    {
        await using var server = await StartAsync(classes);
        var id = await server.SendAsync(sender, "b@failing.test");
        await server.UntilGoneAsync(id);
        Assert.Equal(readers, string.Join(' ', server.Deliverer.Reports.Select(report => report.Reader)));
    }

    [Fact]
    public async Task Postmaster_hears_of_failures_the_sender_does_not_want_to_hear_of()
    {
        await using var server = await StartAsync(NotifyClasses.Bounce);
        var message = await Messages.NewAsync(server.Queue, "a@sender.test", ["b@failing.test"]);
        await server.SendAsync(message with { Recipients = [message.Recipients[0] with { Parameters = new RecipientParameters { Notify = Notify.Never } }] });
        await server.UntilGoneAsync(message.Id);
        Assert.Equal(ReportReader.Postmaster, Assert.Single(server.Deliverer.Reports).Reader);
    }

    [Fact]
    public async Task Delay_is_told_to_the_postmaster_too()
    {
        await using var server = await TestServer.StartAsync(settings => settings with { NotifyClasses = NotifyClasses.Delay, DelayWarningTime = TimeSpan.FromMinutes(4) });
        server.Deliverer.Deliver = attempt => Task.FromResult(attempt.Route.NextHop == "slow.test" ? DeliveryAction.Deferred : DeliveryAction.Delivered);
        var id = await server.SendAsync("a@sender.test", "b@slow.test");
        await server.UntilStateAsync(id, RecipientState.Deferred, 1);
        server.Time.Advance(TimeSpan.FromMinutes(6));
        await server.UntilStateAsync(id, RecipientState.Deferred, 2);
        Assert.Equal([(ReportKind.Delay, ReportReader.Sender), (ReportKind.Delay, ReportReader.Postmaster)], server.Deliverer.Reports.Select(report => (report.Kind, report.Reader)));
        await TestServer.UntilAsync(() => Task.FromResult(server.Log.Lines.Any(line => line.Contains($"bounce: {id}: postmaster delay notification: ", StringComparison.Ordinal))));
    }

    [Fact]
    public async Task Notice_that_fails_is_discarded_with_a_word_in_the_log()
    {
        await using var server = await StartAsync(NotifyClasses.Bounce | NotifyClasses.DoubleBounce);
        var notice = await Messages.NewAsync(server.Queue, "double-bounce@here.test", ["postmaster@failing.test"]) with { Origin = new MessageOrigin { Kind = OriginKind.Report } };
        await server.SendAsync(notice);
        await server.UntilGoneAsync(notice.Id);
        Assert.Empty(server.Deliverer.Reports);
        await TestServer.UntilAsync(() => Task.FromResult(server.Log.Lines.Contains($"bounce: {notice.Id}: undeliverable postmaster notification discarded")));
    }

    private static async Task<TestServer> StartAsync(NotifyClasses classes)
    {
        var server = await TestServer.StartAsync(settings => settings with { NotifyClasses = classes });
        server.Deliverer.Deliver = attempt => Task.FromResult(attempt.Route.NextHop == "failing.test" ? DeliveryAction.Failed : DeliveryAction.Delivered);
        return server;
    }
}
