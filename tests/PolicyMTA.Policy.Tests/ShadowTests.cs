using PolicyMTA.Policy.Shadow;
using PolicyMTA.Sdk;

namespace PolicyMTA.Policy.Tests;

/// <summary>A second set on live traffic: it is asked, compared, and changes nothing.</summary>
public sealed class ShadowTests
{
    [Fact]
    public async Task A_difference_is_counted_logged_and_traced_and_the_reply_stays()
    {
        var trace = new ListTrace();
        await using var bench = new Bench();
        bench.Stage("sender", "export default [r.permit_mynetworks()];").Shadow("sender", "export default [r.permit_mynetworks(), function stricter() { return reject('not joe'); }];");
        bench.Session.Trace = trace;

        Assert.Null((await bench.RcptAsync()).Refusal);

        Assert.Equal((0, 1, 0), Counts(bench));
        const string Sentence = "554 5.7.1 <joe@good.test>: Sender address rejected: not joe";
        Assert.Contains($"Information: s1: shadow: recipient: accept would be {Sentence} by stricter sender.js:1", bench.Logger.Lines);
        var step = trace.Steps[^1];
        Assert.Equal(("shadow", "stricter", "sender.js", 1, $"would be {Sentence}"), (step.Stage, step.Rule, step.File, step.Line, step.Verdict));
    }

    [Fact]
    public async Task The_same_set_makes_no_difference_chance_and_variables_included()
    {
        const string Text = "export default [function lucky({ random, session, recipient }) { session.vars.n = (session.vars.n ?? 0) + 1; if (random() < 0.5 || session.vars.n % 3 == 0) return reject(`no ${session.vars.n}`); }];";
        await using var bench = new Bench();
        bench.Stage("recipient", Text).Shadow("recipient", Text);
        var refused = 0;
        for (var n = 0; n < 40; n++)
        {
            if ((await bench.RcptAsync($"r{n}@example.test")).Refusal is not null) refused++;
            if (n % 4 == 3) bench.Session.EndTransaction();
        }
        Assert.InRange(refused, 1, 39);
        await using var next = bench.Start(bench.Session.Vars);
        await next.RecipientAsync(bench.Recipient("later@example.test"), TestContext.Current.CancellationToken);
        Assert.Equal((41, 0, 0), Counts(bench));
    }

    [Fact]
    public async Task Counters_of_the_shadow_set_are_its_own()
    {
        const string Text = "export default [async function limit({ rate, counter, greylist }) { await counter('c').add(1); await greylist('g', { delay: '5m' }); if ((await rate('k', '2/h')).over) return defer('slow'); }];";
        await using var bench = new Bench();
        bench.Stage("recipient", Text).Shadow("recipient", Text);
        Assert.Null((await bench.RcptAsync("a@example.test")).Refusal);
        Assert.Null((await bench.RcptAsync("b@example.test")).Refusal);
        Assert.NotNull((await bench.RcptAsync("c@example.test")).Refusal);
        Assert.Equal(3, await bench.Counters.GetAsync("counter:c", TestContext.Current.CancellationToken));
        Assert.Equal(3, await bench.Counters.GetAsync("shadow:counter:c", TestContext.Current.CancellationToken));
        Assert.Equal((3, 0, 0), Counts(bench));
    }

    [Fact]
    public async Task A_restriction_that_both_sets_ask_is_asked_once_and_one_with_effect_by_the_shadow_never()
    {
        int asked = 0, served = 0, known = 0;
        await using var bench = new Bench();
        bench.Restriction<RecipientContext>("costly", c => { asked++; return c.Recipient.Address.Local == "bob" ? new Verdict.Refuse(550, new EnhancedStatus(5, 7, 1), "no") : Verdict.Dunno; });
        bench.Restriction<ClientContext>("check_policy_service", _ => { served++; return Verdict.Dunno; });
        bench.Restriction<ClientContext>("quiet", _ => { known++; return Verdict.Dunno; });
        bench.Stage("client", "export default [r.quiet(), r.costly('x')];");
        bench.Shadow("client", "export default [r.costly('x'), r.quiet(), r.check_policy_service('inet:127.0.0.1:1')];");
        Assert.Null((await bench.RcptAsync()).Refusal);
        Assert.NotNull((await bench.RcptAsync("bob@example.test")).Refusal);
        Assert.Equal((2, 0, 2), (asked, served, known));
        Assert.Equal((2, 0, 0), Counts(bench));
    }

    [Fact]
    public async Task A_restriction_with_other_arguments_is_another_question()
    {
        await using var bench = new Bench();
        bench.Restriction<ClientContext>("list", arguments => new FakeRestriction<ClientContext>((_, _) => new(arguments.Text(0, "a name") == "b" ? new Verdict.Refuse(550, new EnhancedStatus(5, 7, 1), "b") : Verdict.Dunno)));
        bench.Stage("client", "export default [r.list('a')];").Shadow("client", "export default [r.list('b')];");
        Assert.Null((await bench.RcptAsync()).Refusal);
        Assert.Equal((0, 1, 0), Counts(bench));
    }

    [Fact]
    public async Task What_the_shadow_set_does_to_a_message_is_done_to_nothing()
    {
        await using var bench = new Bench();
        bench.Stage("end_of_data", "export default [function tag({ message }) { message.add_header('X-Live', message.header('X-Shadow') ?? 'none'); }];");
        bench.Shadow("end_of_data", "export default [function tag({ message, results }) { if (message.header('X-Live')) return reject('saw it'); message.add_header('X-Shadow', '1'); message.remove_header('Subject'); message.change_header('From', 'x'); }];");
        var message = new FakeMessage("From: joe@good.test\r\nSubject: hello\r\n\r\ntext\r\n");
        Assert.Null((await bench.EndOfDataAsync(message, "alice@example.test")).Refusal);
        Assert.Equal(["From", "Subject", "X-Live"], message.Headers.Select(h => h.Name));
        Assert.Equal("none", message.FindHeader("X-Live")!.Value);
        Assert.Equal((1, 0, 0), Counts(bench));
    }

    [Fact]
    public async Task Its_log_lines_and_delays_are_not_had()
    {
        await using var bench = new Bench();
        bench.Stage("client", "export default [];").Shadow("client", "export default [() => [info('quiet'), warn('loud'), delay('60s')]];");
        // The clock stands still: a delay would never end.
        Assert.Null((await bench.RcptAsync()).Refusal);
        Assert.DoesNotContain(bench.Logger.Lines, l => l.Contains("quiet", StringComparison.Ordinal));
        Assert.Contains(bench.Logger.Lines, l => l.StartsWith("Warning: shadow: s1", StringComparison.Ordinal) && l.EndsWith("loud", StringComparison.Ordinal));
    }

    [Fact]
    public async Task One_that_never_answers_is_given_up_and_the_session_goes_on()
    {
        await using var bench = new Bench();
        bench.Restriction<ClientContext>("hangs", (_, token) => new ValueTask<Verdict>(new TaskCompletionSource<Verdict>().Task.WaitAsync(token)));
        bench.Limits = new PolicyLimits { RestrictionBudget = TimeSpan.FromHours(1) };
        // Two of a second each are within patience, three are not.
        bench.Stage("client", "export default [];").Shadow("client", "export default [warn_if_reject(r.hangs()), warn_if_reject(r.hangs()), warn_if_reject(r.hangs())];");
        var asked = bench.RcptAsync();
        for (var ticks = 0; !asked.IsCompleted; ticks++)
        {
            Assert.True(ticks < 100_000, "it waits for the shadow set");
            bench.Time.Advance(TimeSpan.FromMilliseconds(50));
            await Task.Yield();
        }
        Assert.Null((await asked).Refusal);
        Assert.Null((await bench.RcptAsync("bob@example.test")).Refusal);
        Assert.Equal((0, 0, 1), Counts(bench));
    }

    [Fact]
    public async Task Endless_loops_and_thrown_errors_of_the_shadow_set_are_its_own()
    {
        await using var bench = new Bench();
        bench.Stage("client", "export default [];").Shadow("client", "export default [() => { for (;;); }, () => { throw new Error('x'); }];");
        Assert.Null((await bench.RcptAsync()).Refusal);
        Assert.Null((await bench.RcptAsync("bob@example.test")).Refusal);
        Assert.Equal((0, 2, 0), Counts(bench));
    }

    [Fact]
    public async Task With_a_shadow_set_replies_are_what_they_are_without()
    {
        var random = new Random(5);
        for (var run = 0; run < 60; run++)
        {
            var (live, shadow, seed) = (Set(random), Set(random), random.Next());
            await using var alone = Make(live, null);
            await using var accompanied = Make(live, shadow);
            var (expected, actual) = (await PlayAsync(alone, seed), await PlayAsync(accompanied, seed));
            Assert.Equal(expected, actual);
            Assert.True(accompanied.ShadowCounts.Same + accompanied.ShadowCounts.Different > 0);
            foreach (var key in (string[])["counter:c", "grey:g", "rate:3600:k:" + Hour(alone)])
            {
                Assert.Equal(await alone.Counters.GetAsync(key, TestContext.Current.CancellationToken), await accompanied.Counters.GetAsync(key, TestContext.Current.CancellationToken));
            }
        }

        static long Hour(Bench bench) => bench.Time.GetUtcNow().ToUnixTimeSeconds() / 3600;
    }

    private static (long, long, long) Counts(Bench bench) => (bench.ShadowCounts.Same, bench.ShadowCounts.Different, bench.ShadowCounts.Unanswered);

    internal static Dictionary<string, string> Set(Random random)
    {
        string[] any =
        [
            "r.permit_mynetworks()", "r.odd()", "r.permit()", "warn_if_reject(r.odd())",
            "({ random }) => { if (random() < 0.3) return reject('chance'); }",
            "({ session }) => { session.vars.n = (session.vars.n ?? 0) + 1; if (session.vars.n % 4 == 3) return defer('n'); }",
            "async ({ counter }) => { if (await counter('c').add(1) % 5 == 4) return hold('five'); }",
            "async ({ rate }) => { if ((await rate('k', '6/h')).over) return defer('rate'); }",
            "async ({ greylist, recipient }) => { if ((await greylist('g', { delay: '5m' })).wait) return defer_if_permit('grey'); }",
            "({ score }) => { score('S', 1); return prepend('X-Score: 1'); }",
            "() => [info('i'), bcc('audit@example.test')]", "() => { throw new Error('x'); }", "() => defer_if_reject('latched')", "() => discard('gone')",
        ];
        string[] message = ["({ message }) => { message.add_header('X-A', 'b'); }", "({ message }) => { if (message.header('X-A')) return reject('has it'); }", "per_recipient(({ recipient }) => recipient.local == 'r1' ? reject('not you') : undefined)"];
        var set = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var stage in (string[])["client", "helo", "sender", "relay", "recipient", "data", "end_of_data"])
        {
            var rules = Enumerable.Range(0, random.Next(4)).Select(_ => stage == "end_of_data" && random.Next(2) == 0 ? message[random.Next(message.Length)] : any[random.Next(any.Length)]).ToList();
            if (stage == "relay") rules.Add("r.reject_unauth_destination()");
            if (rules.Count > 0 || random.Next(2) == 0) set[stage] = $"export default [{string.Join(", ", rules)}];";
        }
        return set;
    }

    internal static Bench Make(Dictionary<string, string> live, Dictionary<string, string>? shadow)
    {
        var bench = new Bench();
        bench.Restriction<ClientContext>("odd", c => c.Session.Id.Length % 2 == 0 ? new Verdict.Refuse(550, new EnhancedStatus(5, 7, 1), "odd") : Verdict.Dunno);
        foreach (var (stage, text) in live) bench.Stage(stage, text);
        foreach (var (stage, text) in shadow ?? []) bench.Shadow(stage, text);
        if (shadow is { Count: 0 }) bench.Shadow("client", "export default [];");
        return bench;
    }

    internal static async Task<List<string>> PlayAsync(Bench bench, int seed)
    {
        var random = new Random(seed);
        var said = new List<string>();
        for (var transaction = 0; transaction < 3; transaction++)
        {
            bench.Facts = bench.Facts with { Id = new string('s', 1 + random.Next(2)) };
            for (var n = 0; n < 3; n++) said.Add(DecisionComparison.Describe(random.Next(4) == 0 ? await bench.RcptOutsideAsync() : await bench.RcptAsync($"r{n}@example.test")));
            said.Add(DecisionComparison.Describe(await bench.DataAsync("r1@example.test", "r2@example.test")));
            var message = new ShadowMessage(new FakeMessage("From: joe@good.test\r\nSubject: hello\r\n\r\ntext\r\n"));
            said.Add(DecisionComparison.Describe(await bench.EndOfDataAsync(message, "r1@example.test", "r2@example.test")) + string.Join(',', message.Headers));
            if (random.Next(3) > 0) bench.Session.EndTransaction();
        }
        return said;
    }
}
