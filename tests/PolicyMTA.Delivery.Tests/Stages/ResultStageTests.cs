using PolicyMTA.Delivery.Tests.Support;
using PolicyMTA.Queue;
using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Tests.Stages;

/// <summary>result.js: what becomes of a recipient after an attempt; bounce.js: what becomes of a report.</summary>
public sealed class ResultStageTests
{
    [Fact]
    public async Task Rule_sees_what_the_next_hop_said()
    {
        await using var server = ScriptedServer.Start("S: 220 hi\nC: EHLO *\nS: 250 hi\nC: MAIL *\nS: 250 ok\nC: RCPT *\nS: 550 5.7.1 blocked by list\nC: *");
        await using var office = Result("({ result, destination, recipient }) => bounce([result.action, result.code, result.status, result.mx, result.tls, destination.transport, recipient.address].join(' '))");
        var outcome = await office.SendAsync($"[127.0.0.1]:{server.Port}", "x@remote.test");
        Assert.StartsWith("failed 550 5.7.1 127.0.0.1  smtp x@remote.test; host 127.0.0.1", outcome.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("retry({ after: '2h' })", DeliveryAction.Deferred, "4.0.0 gone for good")]
    [InlineData("hold('why')", DeliveryAction.Deferred, "4.0.0 gone for good")]
    [InlineData("deliver('trap')", DeliveryAction.Delivered, "2.0.0 counts as delivered by policy: trap; gone for good")]
    [InlineData("bounce('banned')", DeliveryAction.Failed, "5.7.1 banned; gone for good")]
    [InlineData("reroute({ transport: 'smtp', nexthop: '[spare]' })", DeliveryAction.Deferred, "4.0.0 gone for good")]
    [InlineData("dunno()", DeliveryAction.Failed, "5.0.0 gone for good")]
    [InlineData("redirect('a@b.test')", DeliveryAction.Failed, "5.0.0 gone for good")]
    [InlineData("discard()", DeliveryAction.Failed, "5.0.0 gone for good")]
    [InlineData("x.y", DeliveryAction.Failed, "5.0.0 gone for good")]
    public async Task Rule_decides_what_a_failure_means_and_one_that_fails_changes_nothing(string verdict, DeliveryAction action, string expected)
    {
        await using var office = Result($"() => {verdict}");
        var outcome = await office.SendAsync("gone for good", "x@remote.test", "error");
        Assert.Equal((action, expected), (outcome.Action, $"{outcome.Status} {outcome.Text}"));
    }

    [Fact]
    public async Task Another_way_is_tried_at_once_and_then_with_pauses()
    {
        await using var office = Result("() => reroute(route({ transport: 'smtp', nexthop: '[spare]' }))");
        var first = await office.SendAsync("no", "x@remote.test", "retry");
        Assert.Equal(("smtp:[spare]", TimeSpan.Zero), (first.Reroute, first.RetryAfter));
        var recipient = Post.To("x@remote.test")[0];
        var again = (await office.Deliverer.DeliverAsync(Post.Message(), [recipient with { RouteOverride = "retry:no" }], new Route("retry", "no"), CancellationToken.None))[0];
        Assert.Equal(("smtp:[spare]", null), (again.Reroute, again.RetryAfter));
        var same = (await office.Deliverer.DeliverAsync(Post.Message(), [recipient with { RouteOverride = "smtp:[spare]" }], new Route("retry", "no"), CancellationToken.None))[0];
        Assert.Null(same.Reroute);
    }

    [Theory]
    [InlineData("retry({ after: '1s' })")]
    [InlineData("bounce()")]
    [InlineData("hold('x')")]
    [InlineData("reroute({ transport: 'smtp' })")]
    public async Task What_is_delivered_stays_delivered(string verdict)
    {
        await using var office = Result($"() => {verdict}");
        var outcome = await office.SendAsync("why", "x@remote.test", "discard");
        Assert.Equal((DeliveryAction.Delivered, null, null, null), (outcome.Action, outcome.RetryAfter, outcome.Hold, outcome.Reroute));
        Assert.Contains(office.Log.Lines, line => line.Contains("is delivered: what result.js says of it comes too late", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Report_is_sent_suppressed_or_redirected()
    {
        Assert.Equal("joe@good.test", await ReportAsync("({ bounce }) => undefined"));
        Assert.Equal("joe@good.test", await ReportAsync("() => { throw new Error('x'); }"));
        Assert.Equal("joe@good.test", await ReportAsync("() => reject('no')"));
        Assert.Null(await ReportAsync("() => discard('nobody reads them')"));
        Assert.Equal("failure-joe@good.test-x@remote.test-5.1.1@desk.test", await ReportAsync("({ bounce: b }) => redirect(`${b.kind}-${b.original.sender}-${b.recipients[0].address}-${b.recipients[0].status}@desk.test`)"));
    }

    [Fact]
    public async Task Copy_for_the_postmaster_is_not_asked_about() => Assert.Equal("postmaster@example.test", await ReportAsync("() => discard()", ReportReader.Postmaster));

    private static async Task<string?> ReportAsync(string rule, ReportReader reader = ReportReader.Sender)
    {
        await using var office = new Office(policies: new Dictionary<string, string> { ["bounce.js"] = RouteStageTests.Stage(rule) });
        var outcome = new RecipientOutcome { Recipient = 0, Action = DeliveryAction.Failed, Status = new EnhancedStatus(5, 1, 1), Text = "host said: 550 no" };
        var request = new ReportRequest(new QueueId("4Y0001"), Post.Message(), ReportKind.Failure, [(Post.To("x@remote.test")[0], outcome)]) { Reader = reader };
        var report = await office.Deliverer.ReportAsync(request, CancellationToken.None);
        return report?.Recipients.Single().Address.ToString();
    }

    private static Office Result(string rules) => new(policies: new Dictionary<string, string> { ["result.js"] = RouteStageTests.Stage(rules) });
}
