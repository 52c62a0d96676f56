using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using PolicyMTA.Policy;
using PolicyMTA.Restrictions.PolicyService;
using PolicyMTA.Sdk;

namespace PolicyMTA.Restrictions.Tests.PolicyService;

public sealed class CheckPolicyServiceTests : IDisposable
{
    private const string Problem = "451 4.3.5 <alice@example.test>: Recipient address rejected: Server configuration problem";
    private readonly RestrictionBench _bench = new();
    private readonly List<IDisposable> _made = [];
    private readonly string _folder = Directory.CreateTempSubdirectory("policy-service-").FullName;

    public void Dispose()
    {
        foreach (var one in _made) one.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private IRestriction<ClientContext> Make(string service, params (string Key, object Value)[] options)
    {
        var made = _bench.Make("check_policy_service", service, options.ToDictionary(o => o.Key, o => (object?)o.Value));
        _made.Add((IDisposable)made);
        return (IRestriction<ClientContext>)made;
    }

    private async Task<string> AskAsync(IRestriction<ClientContext> restriction) =>
        Framing.Show(await restriction.CheckAsync(_bench.RecipientContext(), TestContext.Current.CancellationToken), _bench, RefusedItem.Recipient);

    [Theory]
    [InlineData("DUNNO", "dunno")]
    [InlineData("OK", "permit")]
    [InlineData("REJECT no", "554 5.7.1 <alice@example.test>: Recipient address rejected: no")]
    [InlineData("DEFER_IF_PERMIT Greylisted", "if permit 450 4.7.1 <alice@example.test>: Recipient address rejected: Greylisted")]
    [InlineData("550 5.7.23 SPF fail", "550 5.7.23 <alice@example.test>: Recipient address rejected: SPF fail")]
    public async Task An_answer_is_done_as_an_access_table_would(string action, string expected)
    {
        await using var service = new ScriptedService(_ => $"action={action}\n\n");
        Assert.Equal(expected, await AskAsync(Make(service.Name)));
        Assert.Contains("\nrecipient=alice@example.test\n", Assert.Single(service.Heard), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_header_is_put_on_top()
    {
        await using var service = new ScriptedService(_ => "action=PREPEND X-Seen: yes\n\n");
        Assert.Equal(new Verdict.Prepend(new HeaderField("X-Seen", " yes")), await Make(service.Name).CheckAsync(_bench.RecipientContext(), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_unix_socket_begins_at_the_queue_directory()
    {
        _bench.Services.Values["queue_directory"] = _folder;
        Directory.CreateDirectory(Path.Combine(_folder, "private"));
        await using var service = new ScriptedService(_ => "action=REJECT\n\n", Path.Combine(_folder, "private", "p"));
        Assert.Equal("554 5.7.1 <alice@example.test>: Recipient address rejected: Access denied", await AskAsync(Make("unix:private/p")));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(6, 1)]
    [InlineData(5, 2)]
    [InlineData(1, 6)]
    public async Task A_connection_is_used_again_as_often_as_allowed(int limit, int connections)
    {
        await using var service = new ScriptedService(_ => "action=DUNNO\n\n");
        var restriction = Make(service.Name, ("request_limit", (double)limit));
        for (var i = 0; i < 6; i++) Assert.Equal("dunno", await AskAsync(restriction));
        Assert.Equal(connections, service.Connections);
    }

    [Theory]
    [InlineData("max_idle", 9, 1)]
    [InlineData("max_idle", 10, 2)]
    [InlineData("max_ttl", 9, 1)]
    [InlineData("max_ttl", 10, 2)]
    public async Task A_connection_grows_old(string key, int seconds, int connections)
    {
        var clock = new FakeTimeProvider();
        _bench.Services.Time = clock;
        await using var service = new ScriptedService(_ => "action=DUNNO\n\n");
        var restriction = Make(service.Name, (key, "10s"));
        await AskAsync(restriction);
        clock.Advance(TimeSpan.FromSeconds(seconds));
        await AskAsync(restriction);
        Assert.Equal(connections, service.Connections);
    }

    [Fact]
    public async Task A_service_that_fails_once_is_asked_again_after_the_delay()
    {
        await using var service = new ScriptedService(n => n == 1 ? null : "action=REJECT\n\n");
        Assert.StartsWith("554 5.7.1", await AskAsync(Make(service.Name, ("retry_delay", "0s"))), StringComparison.Ordinal);
        Assert.Equal((2, 2), (service.Heard.Count, service.Connections));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task It_is_asked_no_oftener_than_the_limit_says(int limit)
    {
        await using var service = new ScriptedService(_ => null);
        Assert.Equal(Problem, await AskAsync(Make(service.Name, ("try_limit", (double)limit), ("retry_delay", "0s"))));
        Assert.Equal(limit, service.Heard.Count);
    }

    public static TheoryData<string> Nonsense =>
    [
        "\n", "action=\n\n", "200 OK\n\n", "action=OK\r\n\r\n\n\n", "action=OK\n\naction=OK\n\n", "action=OK\n\nx", "action=FROBNICATE\n\n", "action=PREPEND no field\n\n",
        "action=PREPEND X: a\rY: b\n\n", "\0\0\0\n\n", "action=" + new string('x', PolicyReply.Longest) + "\n\n", new string('a', 3 * PolicyReply.Longest),
    ];

    [Fact]
    public async Task A_service_may_name_restrictions()
    {
        await using var service = new ScriptedService(_ => "action=permit_mynetworks, reject_rbl_client zen.example.test\n\n");
        Assert.Equal(new Verdict.Apply("permit_mynetworks, reject_rbl_client zen.example.test"), await Make(service.Name, ("retry_delay", "0s")).CheckAsync(_bench.RecipientContext(), TestContext.Current.CancellationToken));
    }

    [Theory]
    [MemberData(nameof(Nonsense))]
    public async Task A_service_that_talks_nonsense_gives_the_default_action(string answer)
    {
        await using var service = new ScriptedService(_ => answer);
        Assert.Equal(Problem, await AskAsync(Make(service.Name, ("retry_delay", "0s"))));
        Assert.Equal("dunno", await AskAsync(Make(service.Name, ("retry_delay", "0s"), ("default_action", "DUNNO"))));
    }

    [Theory]
    [InlineData(0, "554")]
    [InlineData(1, "451")]
    public async Task An_answer_has_a_limit(int more, string code)
    {
        await using var service = new ScriptedService(_ => "action=REJECT " + new string('x', PolicyReply.Longest - "action=REJECT \n\n".Length + more) + "\n\n");
        Assert.StartsWith(code, await AskAsync(Make(service.Name, ("try_limit", 1d))), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_service_that_is_not_there_gives_the_default_action()
    {
        Assert.Equal(Problem, await AskAsync(Make($"unix:{_folder}/nobody", ("retry_delay", "0s"))));
        Assert.Equal("permit", await AskAsync(Make($"unix:{_folder}/nobody", ("retry_delay", "0s"), ("default_action", "OK"))));
    }

    [Fact]
    public async Task A_service_that_says_nothing_gives_the_default_action_in_its_time()
    {
        var clock = new FakeTimeProvider();
        _bench.Services.Time = clock;
        await using var service = new ScriptedService(_ => ScriptedService.Silent);
        var asking = AskAsync(Make(service.Name, ("timeout", "10s"), ("retry_delay", "0s"), ("default_action", "DUNNO")));
        for (var tries = 1; tries <= 2; tries++)
        {
            await HearsAsync(service, tries);
            clock.Advance(TimeSpan.FromSeconds(9.9));
            Assert.False(asking.IsCompleted);
            clock.Advance(TimeSpan.FromSeconds(0.1));
        }
        Assert.Equal("dunno", await asking);
        Assert.Equal(2, service.Heard.Count);
    }

    [Fact]
    public async Task The_next_try_waits_for_the_delay()
    {
        var clock = new FakeTimeProvider();
        _bench.Services.Time = clock;
        var start = clock.GetUtcNow();
        await using var service = new ScriptedService(n => n == 1 ? null : "action=DUNNO\n\n");
        var asking = AskAsync(Make(service.Name, ("retry_delay", "5s")));
        while (!asking.IsCompleted)
        {
            Assert.True(service.Heard.Count <= 1 || clock.GetUtcNow() - start >= TimeSpan.FromSeconds(5));
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, TestContext.Current.CancellationToken);
            clock.Advance(TimeSpan.FromSeconds(0.5));
        }
        Assert.Equal(("dunno", 2), (await asking, service.Heard.Count));
        Assert.True(clock.GetUtcNow() - start >= TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task However_long_the_timeout_the_default_action_comes_before_the_core_gives_up()
    {
        var clock = new FakeTimeProvider();
        _bench.Services.Time = clock;
        await using var service = new ScriptedService(_ => ScriptedService.Silent);
        var asking = AskAsync(Make(service.Name, ("timeout", "1h"), ("try_limit", 100d)));
        await HearsAsync(service, 1);
        clock.Advance(CheckPolicyService.Patience - TimeSpan.FromSeconds(0.1));
        Assert.False(asking.IsCompleted);
        clock.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Equal(Problem, await asking);
        Assert.True(CheckPolicyService.Patience < new PolicyLimits().RestrictionBudget);
    }

    private static async Task HearsAsync(ScriptedService service, int questions)
    {
        while (service.Heard.Count < questions) await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_caller_that_gives_up_is_told_so()
    {
        await using var service = new ScriptedService(_ => ScriptedService.Silent);
        using var end = new CancellationTokenSource();
        var asking = Make(service.Name).CheckAsync(_bench.RecipientContext(), end.Token).AsTask();
        await HearsAsync(service, 1);
        await end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
    }

    [Fact]
    public async Task Questions_wait_when_all_connections_are_taken()
    {
        await using var service = new ScriptedService(_ => ScriptedService.Silent);
        using var end = new CancellationTokenSource();
        var restriction = Make(service.Name);
        var asking = Enumerable.Range(0, ServicePool.ConnectionLimit + 20).Select(_ => restriction.CheckAsync(_bench.RecipientContext(), end.Token).AsTask()).ToList();
        await HearsAsync(service, ServicePool.ConnectionLimit);
        Assert.Equal(ServicePool.ConnectionLimit, service.Connections);
        Assert.All(asking, one => Assert.False(one.IsCompleted));
        await end.CancelAsync();
        await Task.WhenAll(asking).ContinueWith(_ => { }, TestContext.Current.CancellationToken, TaskContinuationOptions.None, TaskScheduler.Default);
        Assert.Equal(ServicePool.ConnectionLimit, service.Connections);
    }

    [Fact]
    public async Task A_service_that_fails_is_in_the_log_once_a_minute()
    {
        var (clock, log) = (new FakeTimeProvider(), new Lines());
        (_bench.Services.Time, _bench.Services.Logger) = (clock, log);
        var restriction = Make($"unix:{_folder}/nobody", ("try_limit", 1d), ("default_action", "DUNNO"));
        for (var i = 0; i < 3; i++) await AskAsync(restriction);
        Assert.Matches("^policy service unix:.*/nobody: .+; taking the default action 'DUNNO'$", Assert.Single(log.Written));
        clock.Advance(TimeSpan.FromSeconds(59));
        await AskAsync(restriction);
        Assert.Single(log.Written);
        clock.Advance(TimeSpan.FromSeconds(1));
        await AskAsync(restriction);
        Assert.Equal(2, log.Written.Count);
    }

    private sealed class Lines : ILogger
    {
        public List<string> Written { get; } = [];
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;
        public bool IsEnabled(LogLevel logLevel) => true;
        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Written.Add(formatter(state, exception));
    }
}
