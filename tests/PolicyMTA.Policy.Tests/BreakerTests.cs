using PolicyMTA.Policy.Lists;

namespace PolicyMTA.Policy.Tests;

/// <summary>A function that keeps failing is left alone for a while, and named.</summary>
public sealed class BreakerTests
{
    private const string Rule = "import { rule, reject } from 'policymta';\nexport default [rule(function moody({ recipient, log }) { log.info('asked'); if (recipient.local === 'bad') throw new Error('x'); }, { fallback: 'FALLBACK' })];";

    [Theory]
    [InlineData("defer", "451 4.3.0 Temporary server error")]
    [InlineData("reject", "554 5.7.1 <ADDRESS>: Recipient address rejected: Access denied")]
    [InlineData("dunno", "")]
    public async Task Ten_failures_open_it_and_its_fallback_stands_for_it_until_it_is_tried_again(string fallback, string reply)
    {
        await using var bench = Make(fallback);
        for (var i = 1; i < RuleBreaker.Limit; i++) await AskAsync(bench, "bad", reply);
        Assert.Equal((RuleBreaker.Limit - 1, false), (Asked(bench), Counts(bench).IsOpen));
        await AskAsync(bench, "bad", reply);
        Assert.Equal((RuleBreaker.Limit, true), (Asked(bench), Counts(bench).IsOpen));
        Assert.Single(bench.Logger.Lines, line => line.StartsWith("Error: ", StringComparison.Ordinal) && line.Contains("rule moody (recipient.js:2) failed 10 times in a row: it is not asked for 30 s", StringComparison.Ordinal));

        for (var i = 0; i < 5; i++) await AskAsync(bench, "good", reply);
        bench.Time.Advance(RuleBreaker.Pause - TimeSpan.FromTicks(1));
        await AskAsync(bench, "good", reply);
        Assert.Equal(RuleBreaker.Limit, Asked(bench));

        bench.Time.Advance(TimeSpan.FromTicks(1));
        await AskAsync(bench, "good", "");
        Assert.Equal((RuleBreaker.Limit + 1, false), (Asked(bench), Counts(bench).IsOpen));
        Assert.Single(bench.Logger.Lines, line => line.Contains("rule moody (recipient.js:2) works again", StringComparison.Ordinal));
        for (var i = 1; i < RuleBreaker.Limit; i++) await AskAsync(bench, "bad", reply);
        Assert.False(Counts(bench).IsOpen);
    }

    [Fact]
    public async Task Trial_that_fails_opens_it_for_another_while()
    {
        await using var bench = Make("defer");
        for (var i = 0; i < RuleBreaker.Limit; i++) await bench.RcptAsync("bad@example.test");
        bench.Time.Advance(RuleBreaker.Pause);
        for (var i = 0; i < 3; i++) await bench.RcptAsync("bad@example.test");
        Assert.Equal(RuleBreaker.Limit + 1, Asked(bench));
        Assert.Single(bench.Logger.Lines, line => line.Contains("times in a row", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Failures_with_a_success_between_them_never_open_it()
    {
        await using var bench = Make("defer");
        for (var i = 0; i < 5 * RuleBreaker.Limit; i++) await bench.RcptAsync(i % RuleBreaker.Limit == 0 ? "good@example.test" : "bad@example.test");
        Assert.Equal((5 * RuleBreaker.Limit, false), (Asked(bench), Counts(bench).IsOpen));
    }

    [Fact]
    public void Session_that_ends_during_the_trial_leaves_it_to_the_next()
    {
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider();
        var breaker = new RuleBreaker();
        for (var i = 0; i < RuleBreaker.Limit; i++) breaker.Failed(Sdk.Verdict.Dunno, time);
        time.Advance(RuleBreaker.Pause);
        Assert.True(breaker.MayAsk(time));
        Assert.False(breaker.MayAsk(time));
        breaker.Left();
        Assert.True(breaker.MayAsk(time));
    }

    private static Bench Make(string fallback) => new Bench().File("recipient.js", Rule.Replace("FALLBACK", fallback, StringComparison.Ordinal));

    private static async Task AskAsync(Bench bench, string local, string expected)
    {
        var refusal = (await bench.RcptAsync($"{local}@example.test")).Refusal;
        Assert.Equal(expected.Replace("ADDRESS", $"{local}@example.test", StringComparison.Ordinal), refusal is null ? "" : $"{refusal.Code} {refusal.Status} {refusal.Text}");
    }

    private static int Asked(Bench bench) => bench.Logger.Lines.Count(line => line.EndsWith("asked", StringComparison.Ordinal));

    private static RuleCounts Counts(Bench bench) => bench.Rules.Rules.Single(r => r.Rule == "moody");
}
