using PolicyMTA.Delivery.Tests.Support;
using PolicyMTA.Queue;
using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Tests.Stages;

/// <summary>route.js: where a recipient goes when it is due.</summary>
public sealed class RouteStageTests
{
    [Theory]
    [InlineData("{ transport: 'smtp', nexthop: '[10.0.0.1]:26' }", "smtp:[10.0.0.1]:26")]
    [InlineData("{ transport: 'lmtp' }", "lmtp:remote.test")]
    [InlineData("{ nexthop: '[10.0.0.1]' }", "smtp:[10.0.0.1]")]
    [InlineData("{ priority: 'high' }", "smtp:remote.test")]
    public async Task Rule_says_where_mail_goes(string route, string expected)
    {
        await using var office = Route($"() => route({route})");
        Assert.Equal(expected, (await office.RouteAsync()).Route.ToString());
    }

    [Fact]
    public async Task Rule_sees_who_sent_it_to_whom_and_how_it_came()
    {
        await using var office = Route("""
            c => route({ nexthop: [c.sender.address, c.recipient.address, c.recipient.class, c.sasl.user, c.client.ip, c.helo.name, c.attempt_number, c.mail.size, c.session.id].join('/') })
            """, new FakeClasses(("remote.test", AddressClass.Relay)));
        var origin = new MessageOrigin { Kind = OriginKind.Smtp, Client = "mx.example[192.0.2.7]", Helo = "mx.example", SaslUser = "bob", Protocol = "ESMTPA" };
        var choice = await office.Deliverer.RouteAsync(Post.Message() with { Origin = origin }, Post.To("x@remote.test")[0] with { Attempts = 2 }, CancellationToken.None);
        Assert.Equal($"joe@good.test/x@remote.test/relay/bob/192.0.2.7/mx.example/3/{Post.Message().Content.Length}/643CF11C3F0", choice.Route.NextHop);
    }

    [Fact]
    public async Task Without_a_file_or_a_word_the_configuration_decides()
    {
        await using var silent = Route("() => undefined");
        await using var none = new Office(policies: new Dictionary<string, string>());
        Assert.Equal("smtp:remote.test", (await silent.RouteAsync()).Route.ToString());
        Assert.Equal("smtp:remote.test", (await none.RouteAsync()).Route.ToString());
        Assert.Empty(none.Traces.All);
    }

    [Fact]
    public async Task Terms_priority_and_lifetime_are_part_of_the_choice_and_later_rules_win_field_by_field()
    {
        await using var office = Route("() => route({ source: '192.0.2.1', tls: 'encrypt', priority: 'low', expire: '1h' }), () => route({ source: '192.0.2.2', priority: 'high' })");
        var choice = await office.RouteAsync();
        Assert.Equal(new DeliveryTerms(System.Net.IPAddress.Parse("192.0.2.2"), null, TlsLevel.Encrypt), choice.Route.Terms);
        Assert.Equal((DeliveryPriority.High, TimeSpan.FromHours(1)), (choice.Priority, choice.Expire));
    }

    [Fact]
    public async Task Mail_is_not_due_before_its_time_counted_from_its_arrival()
    {
        await using var office = Route("() => route({ not_before: '10m' })");
        office.Clock.Advance(TimeSpan.FromMinutes(9));
        var early = (await office.RouteAsync()).Instead;
        Assert.Equal((DeliveryAction.Deferred, TimeSpan.FromMinutes(1)), (early!.Action, early.RetryAfter));
        office.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Null((await office.RouteAsync()).Instead);
    }

    [Theory]
    [InlineData("reject('not there', { status: '5.1.2' })", DeliveryAction.Failed, "5.1.2 not there")]
    [InlineData("bounce('no')", DeliveryAction.Failed, "5.7.1 no")]
    [InlineData("defer('later')", DeliveryAction.Deferred, "4.7.1 later")]
    [InlineData("discard('spam')", DeliveryAction.Delivered, "2.0.0 discarded by policy: spam")]
    [InlineData("hold('look at it', { name: 'review', expire: '1d' })", DeliveryAction.Deferred, "4.7.0 look at it")]
    public async Task Verdict_stands_for_an_attempt(string verdict, DeliveryAction action, string expected)
    {
        await using var office = Route($"() => {verdict}");
        var instead = (await office.RouteAsync()).Instead!;
        Assert.Equal((action, expected), (instead.Action, $"{instead.Status} {instead.Text}"));
        if (verdict.StartsWith("hold", StringComparison.Ordinal)) Assert.Equal(new Verdict.Hold("look at it", "review", TimeSpan.FromDays(1)), instead.Hold);
    }

    [Theory]
    [InlineData("hold('look at it', { expire: '1d' })", DeliveryAction.Failed)]
    [InlineData("retry({ after: '1h' }, 'busy')", DeliveryAction.Failed)]
    [InlineData("discard()", DeliveryAction.Delivered)]
    public async Task Question_is_answered_at_once(string verdict, DeliveryAction action)
    {
        await using var office = Route($"() => {verdict}");
        var question = Post.Message() with { Origin = new MessageOrigin { Kind = OriginKind.Verification } };
        var instead = (await office.Deliverer.RouteAsync(question, Post.To("x@remote.test")[0], CancellationToken.None)).Instead!;
        Assert.Equal((action, null, null), (instead.Action, instead.RetryAfter, instead.Hold));
    }

    [Fact]
    public async Task Retry_says_when()
    {
        await using var office = Route("() => retry({ after: '90s' }, 'busy')");
        var instead = (await office.RouteAsync()).Instead!;
        Assert.Equal((DeliveryAction.Deferred, "busy", TimeSpan.FromSeconds(90)), (instead.Action, instead.Text, instead.RetryAfter));
    }

    [Theory]
    [InlineData("() => { throw new Error('x'); }", "4.3.0")]
    [InlineData("() => 7", "4.3.5")]
    [InlineData("() => redirect('a@b.test')", "4.3.5")]
    [InlineData("() => deliver()", "4.3.5")]
    [InlineData("() => delay('1h')", "4.3.5")]
    [InlineData("() => route({ source: 'nowhere' })", "4.3.0")]
    [InlineData("() => route({ transport: 'a:b' })", "4.3.0")]
    [InlineData("() => route({ tls: 'much' })", "4.3.0")]
    [InlineData("() => route({ not_before: 5 })", "4.3.0")]
    [InlineData("() => route()", "4.3.0")]
    public async Task Mail_waits_while_a_rule_is_wrong(string rule, string status)
    {
        await using var office = Route(rule);
        var instead = (await office.RouteAsync()).Instead!;
        Assert.Equal((DeliveryAction.Deferred, status), (instead.Action, instead.Status.ToString()));
    }

    [Fact]
    public async Task What_was_redirected_explicitly_stays_so()
    {
        await using var office = Route("() => route({ transport: 'smtp', nexthop: 'other', priority: 'high' })");
        var choice = await office.Deliverer.RouteAsync(Post.Message(), Post.To("x@remote.test")[0] with { RouteOverride = "lmtp:here" }, CancellationToken.None);
        Assert.Equal(("lmtp:here", DeliveryPriority.High), (choice.Route.ToString(), choice.Priority));
    }

    [Fact]
    public async Task Decision_leaves_a_trace_under_the_queue_id()
    {
        await using var office = Route("function far() { return route({ nexthop: '[far]' }); }");
        await office.RouteAsync();
        var trace = Assert.Single(office.Traces.All);
        var decision = Assert.Single(trace.Decisions);
        Assert.Equal(("643CF11C3F0", "ROUTE", "x@remote.test", "smtp:[far]"), (trace.QueueId, decision.Command, decision.Item, decision.Reply));
        Assert.Equal(("route", "far", "route.js", 2), (decision.Steps[0].Stage, decision.Steps[0].Rule, decision.Steps[0].File, decision.Steps[0].Line));
    }

    private static Office Route(string rules, FakeClasses? classes = null) => new(classes: classes, policies: new Dictionary<string, string> { ["route.js"] = Stage(rules) });

    internal static string Stage(string rules) =>
        $"import {{ route, reroute, retry, bounce, deliver, reject, defer, hold, discard, redirect, delay, dunno }} from 'policymta';\nexport default [{rules}];\n";
}

internal static class RouteOffice
{
    public static async Task<RouteChoice> RouteAsync(this Office office) => await office.Deliverer.RouteAsync(Post.Message(), Post.To("x@remote.test")[0], CancellationToken.None);
}
