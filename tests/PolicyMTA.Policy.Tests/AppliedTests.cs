using PolicyMTA.Policy.Lists;
using PolicyMTA.Sdk;

namespace PolicyMTA.Policy.Tests;

/// <summary>Restrictions and classes that an access table names.</summary>
public sealed class AppliedTests
{
    [Theory]
    [InlineData("odd", "550 5.7.1 <alice@example.test>: Recipient address rejected: odd")]
    [InlineData("permit, odd", "accept")]
    [InlineData("permit_sasl_authenticated odd", "550 5.7.1 <alice@example.test>: Recipient address rejected: odd")]
    [InlineData("warn_if_reject odd", "554 5.7.1 <alice@example.test>: Recipient address rejected: last")]
    [InlineData("warn_if_reject, odd, odd", "550 5.7.1 <alice@example.test>: Recipient address rejected: odd")]
    [InlineData("check_other_access x", "554 5.7.1 <alice@example.test>: Recipient address rejected: asked x")]
    [InlineData("strict", "550 5.7.1 <alice@example.test>: Recipient address rejected: from a function")]
    [InlineData("permit_sasl_authenticated, strict, permit", "550 5.7.1 <alice@example.test>: Recipient address rejected: from a function")]
    [InlineData("warn_if_reject", "554 5.7.1 <alice@example.test>: Recipient address rejected: last")]
    [InlineData("permit_mynetworks", "554 5.7.1 <alice@example.test>: Recipient address rejected: last")]
    public async Task What_they_say_is_what_the_table_says(string value, string expected)
    {
        await using var bench = Make(value);
        Assert.Equal(expected, Shadow.DecisionComparison.Describe(await bench.RcptAsync()));
    }

    [Theory]
    [InlineData("oddd", "there is no restriction 'oddd'; did you mean 'odd'?")]
    [InlineData("check_other_access", "check_other_access wants an argument")]
    [InlineData("loop", "10 lists name each other")]
    [InlineData("only_data", "451")]
    public async Task A_list_that_can_not_be_asked_is_a_mistake_of_the_configuration(string value, string cause)
    {
        await using var bench = Make(value);
        Assert.Equal("451 4.3.5 Server configuration error", Shadow.DecisionComparison.Describe(await bench.RcptAsync()));
        if (cause != "451") Assert.Contains(bench.Logger.Lines, line => line.StartsWith("Warning", StringComparison.Ordinal) && line.EndsWith(cause, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Actions_and_latches_on_the_way_stay()
    {
        await using var bench = Make("prepends, latches, permit");
        Assert.Equal("450 4.7.1 <alice@example.test>: Recipient address rejected: later", Shadow.DecisionComparison.Describe(await bench.RcptAsync()));
        await using var permitted = Make("prepends, permit");
        Assert.Equal("prepend X-A", Shadow.DecisionComparison.Describe(await permitted.RcptAsync()));
    }

    [Theory]
    [InlineData("permit", "554 5.7.1 <x@elsewhere.test>: Relay access denied")]
    [InlineData("permit_mynetworks", "554 5.7.1 <x@elsewhere.test>: Relay access denied")]
    [InlineData("check_recipient_access x", "relay by check_recipient_access")]
    [InlineData("opens", "relay by because of a class")]
    public async Task Who_may_relay_is_for_the_named_rule_to_say(string value, string expected)
    {
        await using var bench = Make(value);
        bench.Stage("recipient", "export default [];").Stage("relay", "export default [r.check_client_access('t'), r.reject_unauth_destination()];");
        Assert.Equal(expected, Shadow.DecisionComparison.Describe(await bench.RcptOutsideAsync()));
    }

    [Fact]
    public async Task A_permit_that_is_not_allowed_becomes_what_the_table_says()
    {
        await using var bench = Make("permit");
        bench.Restriction<RecipientContext>("check_client_access", _ => new FakeRestriction<RecipientContext>((_, _) => new(new Verdict.Apply("permit", new Verdict.Refuse(451, new EnhancedStatus(4, 3, 5), "not allowed")))));
        Assert.Contains("not allowed", (await bench.RcptAsync()).Refusal!.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_trace_names_them_and_rules_of_classes_are_counted()
    {
        var trace = new ListTrace();
        await using var bench = Make("strict");
        bench.Session.Trace = trace;
        await bench.RcptAsync();
        Assert.Equal([("permit_sasl_authenticated", "dunno"), ("no", "reject 550 5.7.1"), ("check_client_access", "reject 550 5.7.1")], trace.Steps.TakeLast(3).Select(s => (s.Rule, s.Verdict)));
        Assert.Equal(1, bench.Load().Policies!.Rules.Single(rule => rule.Counts.Stage == "class strict" && rule.Counts.Rule == "no").Counts.Asked);
    }

    [Fact]
    public async Task Texts_that_never_end_do_not_fill_the_memory()
    {
        var n = 0;
        await using var bench = Make("permit");
        var disposed = 0;
        bench.Restriction<RecipientContext>("check_client_access", _ => new FakeRestriction<RecipientContext>((_, _) => new(new Verdict.Apply($"watched, check_other_access {n++}"))));
        bench.Restriction<ClientContext>("watched", _ => new Watched(() => disposed++));
        for (var i = 0; i < AppliedRestrictions.MostTexts; i++) Assert.Equal(554, (await bench.RcptAsync()).Refusal!.Code);
        Assert.Equal(451, (await bench.RcptAsync()).Refusal!.Code);
        await bench.DisposeAsync();
        Assert.Equal(AppliedRestrictions.MostTexts, disposed);
    }

    [Theory]
    [InlineData("classes/odd.js", "'odd' is a restriction already")]
    [InlineData("classes/reject.js", "'reject' is")]
    [InlineData("classes/a-b.js", "can't be the name of a class")]
    [InlineData("classes/deep/x.js", "no folders of their own")]
    public void A_class_has_a_name_of_its_own(string file, string message)
    {
        var bench = Make("permit");
        bench.File(file, "export default [];");
        Assert.Contains(bench.Load().Errors, error => error.Message.Contains(message, StringComparison.Ordinal));
    }

    private static Bench Make(string value)
    {
        var bench = new Bench();
        bench.Restriction<ClientContext>("odd", _ => new Verdict.Refuse(550, new EnhancedStatus(5, 7, 1), "odd"));
        bench.Restriction<RecipientContext>("check_client_access", arguments => new FakeRestriction<RecipientContext>((_, _) => new(AccessAction.Parse(value))));
        bench.Restriction<ClientContext>("check_recipient_access", _ => Verdict.Permit);
        bench.Restriction<ClientContext>("check_other_access", arguments =>
        {
            var text = arguments.Text(0, "a name");
            return new FakeRestriction<ClientContext>((_, _) => new(new Verdict.Refuse(554, new EnhancedStatus(5, 7, 1), "asked " + text)));
        });
        bench.Restriction<DataContext>("only_data", _ => Verdict.Dunno);
        bench.Restriction<ClientContext>("prepends", _ => new Verdict.Prepend(new HeaderField("X-A", " b")));
        bench.Restriction<ClientContext>("latches", _ => new Verdict.DeferIfPermit(new Verdict.Refuse(450, new EnhancedStatus(4, 7, 1), "later")));
        bench.Stage("recipient", "export default [r.check_client_access('t'), () => reject('last')];");
        bench.File("classes/strict.js", Bench.Import + "export default [r.permit_sasl_authenticated(), function no() { return reject('from a function', { code: 550 }); }];");
        bench.File("classes/loop.js", Bench.Import + "export default [r.check_client_access('t')];");
        bench.File("classes/opens.js", Bench.Import + "export default [() => permit.relay('because of a class')];");
        return bench;
    }

    private sealed class Watched(Action disposed) : IRestriction<ClientContext>, IDisposable
    {
        public ValueTask<Verdict> CheckAsync(ClientContext context, CancellationToken cancellationToken) => new(Verdict.Dunno);

        public void Dispose() => disposed();
    }
}
