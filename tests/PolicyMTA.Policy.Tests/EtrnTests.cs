using PolicyMTA.Sdk;

namespace PolicyMTA.Policy.Tests;

public sealed class EtrnTests
{
    [Fact]
    public async Task A_delayed_rule_that_needs_a_recipient_says_nothing_at_ETRN_and_one_that_does_not_refuses()
    {
        await using var bench = new Bench();
        var asked = 0;
        bench.Restriction<RecipientContext>("reject_all_recipients", _ => new Verdict.Refuse(550, new EnhancedStatus(5, 7, 1), $"asked {++asked}"));
        bench.Restriction<HeloContext>("reject_helo", c => c.Helo?.Name == "bad.test" ? new Verdict.Refuse(550, new EnhancedStatus(5, 7, 1), "bad name") : Verdict.Dunno);
        bench.Stage("client", "export default [r.reject_all_recipients()];").Stage("helo", "export default [r.reject_helo()];");

        Assert.Null(await bench.EtrnAsync());
        Assert.Equal(0, asked);
        Assert.NotNull((await bench.RcptAsync()).Refusal);
        bench.Facts = bench.Facts with { Helo = new Helo("bad.test", true) };
        Assert.Equal("<bad.test>: Helo command rejected: bad name", (await bench.EtrnAsync())!.Text);
    }

    [Fact]
    public async Task Its_own_list_sees_the_domain_and_a_permit_ends_it()
    {
        await using var bench = new Bench();
        bench.Stage("etrn", "export default [({ argument }) => argument === 'ours.test' ? permit() : undefined, () => reject('others')];");

        Assert.Null(await bench.EtrnAsync("ours.test"));
        var refusal = (await bench.EtrnAsync("theirs.test"))!;
        Assert.Equal((554, "5.7.1", "<theirs.test>: Etrn command rejected: others"), (refusal.Code, refusal.Status.ToString(), refusal.Text));
    }

    [Fact]
    public async Task What_was_latched_comes_true_at_the_end()
    {
        await using var bench = new Bench();
        bench.Stage("client", "export default [() => defer_if_permit('wait')];").Stage("etrn", "export default [() => permit()];");
        Assert.Equal("<mail.good.test[192.0.2.10]>: Client host rejected: wait", (await bench.EtrnAsync())!.Text);
    }

    [Fact]
    public async Task A_restriction_that_needs_a_sender_is_an_error_in_its_list()
    {
        await using var bench = new Bench();
        bench.Restriction<SenderContext>("needs_sender", _ => Verdict.Dunno);
        bench.Stage("etrn", "export default [r.needs_sender()];");
        Assert.Contains("needs what the etrn stage does not know", Assert.Single(bench.Load().Errors).Message, StringComparison.Ordinal);
    }
}
