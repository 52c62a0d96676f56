using PolicyMTA.Sdk;

namespace PolicyMTA.Policy.Tests;

public sealed class ListTests
{
    private static readonly Verdict.Refuse Latched = new(450, new EnhancedStatus(4, 1, 8), "Domain not found") { Item = RefusedItem.Sender };

    [Fact]
    public async Task Without_policies_only_recipients_of_ours_are_taken()
    {
        await using var bench = new Bench();

        Assert.Equal(StageDecision.Accept, await bench.RcptAsync());
        Assert.Equal(new Refusal(554, new EnhancedStatus(5, 7, 1), "<x@elsewhere.test>: Relay access denied"), (await bench.RcptOutsideAsync()).Refusal);
    }

    [Fact]
    public async Task Without_the_plugin_too()
    {
        await using var bench = new Bench().Without("reject_unauth_destination");

        Assert.Null((await bench.RcptAsync()).Refusal);
        Assert.Equal("<x@elsewhere.test>: Relay access denied", (await bench.RcptOutsideAsync()).Refusal!.Text);
    }

    [Fact]
    public async Task Permit_ends_only_its_own_list()
    {
        await using var bench = new Bench();
        bench.Stage("client", "export default [r.permit(), r.reject()];").Stage("helo", "export default [() => reject('no')];");

        Assert.Equal("<mail.good.test>: Helo command rejected: no", (await bench.RcptAsync()).Refusal!.Text);
    }

    [Theory]
    [InlineData("client", "<mail.good.test[192.0.2.10]>: Client host rejected: Access denied")]
    [InlineData("helo", "<mail.good.test>: Helo command rejected: Access denied")]
    [InlineData("sender", "<joe@good.test>: Sender address rejected: Access denied")]
    [InlineData("relay", "<alice@example.test>: Recipient address rejected: Access denied")]
    [InlineData("recipient", "<alice@example.test>: Recipient address rejected: Access denied")]
    public async Task A_refusal_is_framed_by_its_list(string stage, string text)
    {
        await using var bench = new Bench();
        bench.Stage(stage, "export default [r.reject()];");

        Assert.Equal(new Refusal(554, new EnhancedStatus(5, 7, 1), text), (await bench.RcptAsync()).Refusal);
    }

    [Fact]
    public async Task Data_and_end_of_data_are_framed_by_their_commands()
    {
        await using var bench = new Bench();
        bench.Stage("data", "export default [r.reject()];").Stage("end_of_data", "export default [r.reject()];");

        Assert.Equal("<DATA>: Data command rejected: Access denied", (await bench.DataAsync("a@example.test")).Refusal!.Text);
        Assert.Equal(
            "<END-OF-MESSAGE>: End-of-data rejected: Access denied", (await bench.EndOfDataAsync(new FakeMessage("A: b\r\n\r\n"), "a@example.test")).Refusal!.Text);
    }

    [Theory]
    [InlineData("sender", "5.1.1", "5.1.7")]
    [InlineData("sender", "4.1.2", "5.1.8")]
    [InlineData("sender", "5.1.5", "5.1.0")]
    [InlineData("recipient", "5.1.7", "5.1.3")]
    [InlineData("recipient", "5.1.8", "5.1.2")]
    [InlineData("recipient", "5.1.1", "5.1.1")]
    [InlineData("recipient", "5.1.10", "5.1.10")]
    [InlineData("client", "5.1.1", "5.0.0")]
    [InlineData("client", "4.7.25", "5.7.25")]
    public async Task The_status_speaks_of_what_is_refused_and_agrees_with_the_code(string stage, string status, string sent)
    {
        await using var bench = new Bench();
        bench.Stage(stage, $"export default () => reject('no', {{ code: 550, status: '{status}' }});");

        Assert.Equal(sent, (await bench.RcptAsync()).Refusal!.Status.ToString());
    }

    [Fact]
    public async Task Defer_if_permit_defers_what_is_permitted_at_the_end()
    {
        await using var bench = new Bench();
        bench.Restriction<SenderContext>("latch", _ => new Verdict.DeferIfPermit(Latched));
        bench.Stage("sender", "export default [r.latch(), () => defer_if_permit('second')];").Stage("recipient", "export default [r.permit()];");

        Assert.Equal(new Refusal(450, new EnhancedStatus(4, 1, 8), "<joe@good.test>: Sender address rejected: Domain not found"), (await bench.RcptAsync()).Refusal);
    }

    [Fact]
    public async Task Defer_if_permit_does_not_soften_a_rejection()
    {
        await using var bench = new Bench();
        bench.Restriction<SenderContext>("latch", _ => new Verdict.DeferIfPermit(Latched));
        bench.Stage("sender", "export default [r.latch()];");

        Assert.Equal(554, (await bench.RcptOutsideAsync()).Refusal!.Code);
    }

    [Fact]
    public async Task Defer_if_reject_softens_a_rejection_of_a_later_list_and_the_cores_own()
    {
        await using var bench = new Bench();
        bench.Stage("client", "export default () => defer_if_reject('perhaps');").Stage("relay", "export default [() => permit()];")
            .Stage("recipient", "export default [r.reject()];");

        Assert.Equal((450, "<mail.good.test[192.0.2.10]>: Client host rejected: perhaps"), Of(await bench.RcptAsync()));
        Assert.Equal(450, (await bench.RcptOutsideAsync()).Refusal!.Code);
    }

    [Fact]
    public async Task Latches_of_one_recipient_do_not_reach_the_next()
    {
        await using var bench = new Bench();
        bench.Stage("recipient", "export default ({ recipient }) => recipient.local === 'a' ? defer_if_permit('later') : undefined;");

        Assert.Equal(450, (await bench.RcptAsync("a@example.test")).Refusal!.Code);
        Assert.Null((await bench.RcptAsync("b@example.test")).Refusal);
    }

    [Fact]
    public async Task Warn_if_reject_logs_and_goes_on()
    {
        await using var bench = new Bench();
        bench.Stage("client", "export default [warn_if_reject(r.reject()), warn_if_reject(() => defer('no')), r.permit()];");

        Assert.Null((await bench.RcptAsync()).Refusal);
        Assert.Equal(2, bench.Logger.Lines.Count(l => l.Contains("reject_warning", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Warn_if_reject_lets_the_latch_stand_that_only_softens()
    {
        await using var bench = new Bench();
        bench.Stage("recipient", "export default [warn_if_reject(() => defer_if_permit('no')), warn_if_reject(() => defer_if_reject('later')), r.reject()];");

        Assert.Equal(450, (await bench.RcptAsync()).Refusal!.Code);
        Assert.Equal(1, bench.Logger.Lines.Count(l => l.Contains("reject_warning", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Discard_ends_the_evaluation()
    {
        await using var bench = new Bench();
        bench.Stage("sender", "export default () => discard('spam');").Stage("recipient", "export default [r.reject()];");

        Assert.Equal(new Verdict.Discard("spam"), Assert.Single((await bench.RcptAsync()).Actions));
    }

    [Fact]
    public async Task Actions_act_and_go_on_in_order()
    {
        await using var bench = new Bench();
        bench.Stage("recipient", "export default [() => [hold('why', { name: 'q', expire: '1d' }), bcc('b@example.test')], () => redirect('c@example.test')];");

        var decision = await bench.RcptAsync();

        Assert.Equal(
            [
                new Verdict.Hold("why", "q", TimeSpan.FromDays(1)), new Verdict.Bcc(new Address("b", "example.test")),
                new Verdict.Redirect(new Address("c", "example.test")),
            ],
            decision.Actions);
    }

    [Fact]
    public async Task A_list_of_verdicts_ends_at_the_first_that_ends_the_list()
    {
        await using var bench = new Bench();
        bench.Stage("recipient", "export default [() => [warn('x'), permit(), reject()], r.reject()];");

        Assert.Null((await bench.RcptAsync()).Refusal);
        Assert.Contains(bench.Logger.Lines, l => l.Contains("warn: x", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_prepend_of_a_delayed_list_is_handed_out_once_a_transaction()
    {
        await using var bench = new Bench();
        bench.Stage("sender", "export default () => prepend('X-A: b');");

        Assert.Equal(new Verdict.Prepend(new HeaderField("X-A", " b")), Assert.Single((await bench.RcptAsync("a@example.test")).Actions));
        Assert.Empty((await bench.RcptAsync("b@example.test")).Actions);
        bench.Session.EndTransaction();
        Assert.Single((await bench.RcptAsync("a@example.test")).Actions);
    }

    [Fact]
    public async Task A_prepend_is_for_the_message_though_its_recipient_is_refused()
    {
        await using var bench = new Bench();
        bench.Stage("sender", "export default () => prepend('X-A: b');");
        bench.Stage("recipient", "export default (ctx) => ctx.recipient.local === 'b' ? reject() : hold('x');");

        var refused = await bench.RcptAsync("b@example.test");
        Assert.NotNull(refused.Refusal);
        Assert.Equal(new Verdict.Prepend(new HeaderField("X-A", " b")), Assert.Single(refused.Actions));
        Assert.IsType<Verdict.Hold>(Assert.Single((await bench.RcptAsync("a@example.test")).Actions));
    }

    [Fact]
    public async Task A_filter_of_a_delayed_list_is_for_every_recipient()
    {
        await using var bench = new Bench();
        bench.Stage("sender", "export default () => filter('smtp:scan.test');");

        Assert.Equal(new Verdict.Filter("smtp:scan.test"), Assert.Single((await bench.RcptAsync("a@example.test")).Actions));
        Assert.Single((await bench.RcptAsync("b@example.test")).Actions);
    }

    [Fact]
    public async Task A_delayed_list_runs_once_a_transaction_unless_it_reads_the_recipient()
    {
        var (plain, reading) = (0, 0);
        await using var bench = new Bench();
        bench.Restriction<ClientContext>("count", _ => Count(ref plain));
        bench.Restriction<RecipientContext>("read", c => c.Recipient is null ? Verdict.Permit : Count(ref reading));
        bench.Stage("client", "export default [r.count()];").Stage("helo", "export default [r.read()];");

        await bench.RcptAsync("a@example.test");
        await bench.RcptAsync("b@example.test");
        Assert.Equal((1, 2), (plain, reading));
        bench.Session.EndTransaction();
        await bench.RcptAsync("a@example.test");
        Assert.Equal((2, 3), (plain, reading));

        static Verdict Count(ref int n)
        {
            n++;
            return Verdict.Dunno;
        }
    }

    [Fact]
    public async Task A_function_that_reads_the_recipient_in_a_delayed_list_is_asked_again()
    {
        await using var bench = new Bench();
        bench.Stage("sender", "export default ({ recipient }) => recipient.local === 'b' ? reject('not b') : undefined;");

        Assert.Null((await bench.RcptAsync("a@example.test")).Refusal);
        Assert.Equal("<joe@good.test>: Sender address rejected: not b", (await bench.RcptAsync("b@example.test")).Refusal!.Text);
    }

    [Fact]
    public async Task A_delayed_rejection_applies_to_every_recipient()
    {
        await using var bench = new Bench();
        bench.Stage("client", "export default [r.reject()];");

        Assert.Equal(Of(await bench.RcptAsync("a@example.test")), Of(await bench.RcptAsync("b@example.test")));
        Assert.Equal(554, (await bench.RcptAsync("c@example.test")).Refusal!.Code);
    }

    [Fact]
    public async Task With_delayed_rejection_early_stages_accept()
    {
        await using var bench = new Bench();
        bench.Stage("client", "export default [r.reject()];");

        Assert.Equal(StageDecision.Accept, await bench.Session.ClientAsync(new ClientContext(bench.Facts), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Without_delayed_rejection_each_stage_answers_for_itself_and_latches_are_carried()
    {
        await using var bench = new Bench { DelayReject = false };
        bench.Stage("client", "export default () => defer_if_permit('later');").Stage("sender", "export default [r.reject()];");
        var token = TestContext.Current.CancellationToken;

        Assert.Null((await bench.Session.ClientAsync(new ClientContext(bench.Facts), token)).Refusal);
        Assert.Equal(554, (await bench.Session.SenderAsync(new SenderContext(bench.Facts, bench.Transaction), token)).Refusal!.Code);
        Assert.Equal((450, "<mail.good.test[192.0.2.10]>: Client host rejected: later"), Of(await bench.RcptAsync()));
    }

    [Fact]
    public async Task Unlisted_senders_and_recipients_are_implied_behind_their_lists()
    {
        await using var bench = new Bench { RejectUnlistedSender = true, RejectUnlistedRecipient = true };
        bench.Restriction<SenderContext>("reject_unlisted_sender", c => c.Sender.Local == "nobody" ? Unknown : Verdict.Dunno);
        bench.Restriction<RecipientContext>("reject_unlisted_recipient", c => c.Recipient.Address.Local == "nobody" ? Unknown : Verdict.Dunno);
        bench.Stage("sender", "export default [r.permit()];").Stage("recipient", "export default [r.permit()];");

        Assert.Null((await bench.RcptAsync()).Refusal);
        Assert.Equal("<nobody@example.test>: Recipient address rejected: User unknown", (await bench.RcptAsync("nobody@example.test")).Refusal!.Text);
        bench.Transaction = new TransactionFacts { Sender = new Address("nobody", "example.test") };
        bench.Session.EndTransaction();
        Assert.Equal("<nobody@example.test>: Sender address rejected: User unknown", (await bench.RcptAsync()).Refusal!.Text);
    }

    [Fact]
    public async Task An_implied_check_that_the_list_made_is_not_made_again()
    {
        var asked = 0;
        await using var bench = new Bench { RejectUnlistedRecipient = true };
        bench.Restriction<RecipientContext>("reject_unlisted_recipient", _ =>
        {
            asked++;
            return Unknown;
        });
        bench.Stage("recipient", "export default [warn_if_reject(r.reject_unlisted_recipient())];");

        Assert.Null((await bench.RcptAsync()).Refusal);
        Assert.Equal(1, asked);
    }

    [Fact]
    public async Task A_restriction_that_throws_costs_one_451()
    {
        await using var bench = new Bench();
        bench.Restriction<ClientContext>("broken", _ => throw new InvalidOperationException("secret"));
        bench.Restriction<ClientContext>("busy", _ => throw new TemporaryFailureException("table down"));
        bench.Stage("client", "export default [r.broken()];").Stage("data", "export default [r.busy()];");

        Assert.Equal((451, "Temporary server error"), Of(await bench.RcptAsync()));
        Assert.Equal((451, "<DATA>: Temporary lookup failure"), Of(await bench.DataAsync("a@example.test")));
    }

    [Fact]
    public async Task A_restriction_that_overstays_its_budget_is_left_behind()
    {
        var token = CancellationToken.None;
        await using var bench = new Bench();
        bench.Restriction<ClientContext>("slow", async (_, t) =>
        {
            token = t;
            await new TaskCompletionSource().Task;
            return Verdict.Permit;
        });
        bench.Stage("client", "export default [r.slow()];");

        var answer = bench.RcptAsync();
        bench.Time.Advance(TimeSpan.FromSeconds(101));

        Assert.Equal(451, (await answer).Refusal!.Code);
        Assert.True(token.IsCancellationRequested);
    }

    [Fact]
    public async Task The_sessions_end_passes_through()
    {
        await using var bench = new Bench();
        bench.Restriction<ClientContext>("slow", async (_, t) =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, t);
            return Verdict.Permit;
        });
        bench.Stage("client", "export default [r.slow()];");
        using var source = new CancellationTokenSource();

        var answer = bench.Session.RecipientAsync(bench.Recipient(), source.Token).AsTask();
        await source.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => answer);
    }

    [Fact]
    public async Task Texts_are_neutered_bounded_and_impossible_codes_replaced()
    {
        await using var bench = new Bench();
        bench.Restriction<ClientContext>("odd", _ => new Verdict.Refuse(250, new EnhancedStatus(2, 0, 0), "x"));
        bench.Stage("client", "export default () => reject('a\\r\\nb' + 'x'.repeat(1000));").Stage("data", "export default [r.odd()];");

        var text = (await bench.RcptAsync()).Refusal!.Text;
        Assert.Contains("rejected: a??bxxx", text, StringComparison.Ordinal);
        Assert.True(text.Length <= 498);
        Assert.Equal((450, "<DATA>: Data command rejected: Service unavailable"), Of(await bench.DataAsync("a@example.test")));
    }

    [Fact]
    public async Task A_trace_tells_every_rule_with_its_place()
    {
        var trace = new ListTrace();
        await using var bench = new Bench();
        bench.File("client.js", "import { reject, restrictions as r } from 'policymta';\nfunction mine() { return reject('no'); }\nexport default [\n  r.permit_mynetworks(), mine];");
        bench.Session.Trace = trace;

        await bench.RcptAsync();

        Assert.Equal(
            [("client", "permit_mynetworks", "client.js", 4, "dunno"), ("client", "mine", "client.js", 2, "reject 554 5.7.1")],
            trace.Steps.Select(s => (s.Stage, s.Rule, s.File, s.Line, s.Verdict)));
    }

    [Fact]
    public async Task A_trace_tells_what_was_softened_what_the_core_refused_and_what_a_list_said_before()
    {
        var trace = new ListTrace();
        await using var bench = new Bench();
        bench.Stage("sender", "export default [warn_if_reject(r.reject())];").Stage("relay", "export default [r.permit()];");
        bench.Session.Trace = trace;

        await bench.RcptOutsideAsync();

        Assert.Equal(["sender warn_if_reject reject: warn reject 554 5.7.1", "relay permit: permit", "relay relay access: reject 554 5.7.1"], trace.Steps.Select(s => $"{s.Stage} {s.Rule}: {s.Verdict}"));

        await using var other = new Bench();
        other.Stage("client", "export default [r.reject()];");
        other.Session.Trace = trace = new ListTrace();
        await other.RcptAsync();
        await other.RcptAsync("bob@example.test");
        Assert.Equal(["reject 554 5.7.1", "reject 554 5.7.1 (as before)"], trace.Steps.Select(s => s.Verdict));
    }

    private static Verdict Unknown => new Verdict.Refuse(550, new EnhancedStatus(5, 1, 1), "User unknown");

    private static (int, string) Of(StageDecision decision) => (decision.Refusal!.Code, decision.Refusal.Text);
}
