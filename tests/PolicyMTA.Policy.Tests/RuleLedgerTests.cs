using PolicyMTA.Sdk;

namespace PolicyMTA.Policy.Tests;

/// <summary>What rules are counted.</summary>
public sealed class RuleLedgerTests
{
    [Fact]
    public async Task Each_rule_counts_what_it_was_asked_and_said()
    {
        await using var bench = new Bench();
        bench.Restriction<ClientContext>("broken", _ => throw new InvalidOperationException());
        bench.Stage("client", "export default [warn_if_reject(r.reject()), function sometimes({ recipient }) { if (recipient.local == 'bob') return reject('no'); }, function never() {}];");
        bench.Stage("sender", "export default [function waits({ recipient }) { return [info('x'), hold('why')]; }, function nobody({ recipient }) { if (recipient.local == 'carol') return discard(); }];");
        bench.Stage("recipient", "export default [r.permit_mynetworks(), r.permit_mynetworks(), r.broken()];");

        await bench.RcptAsync();
        await bench.RcptAsync("bob@example.test");
        bench.Time.Advance(TimeSpan.FromMinutes(1));
        await bench.RcptAsync("carol@example.test");

        Assert.Equal(
            [
                "client warn_if_reject reject#1: 3 asked, 3 other",
                "client sometimes#1: 3 asked, 1 reject",
                "client never#1: 2 asked",
                "sender waits#1: 2 asked, 2 other",
                "sender nobody#1: 2 asked, 1 discard",
                "relay reject_unauth_destination#1: 1 asked",
                "recipient permit_mynetworks#1: 1 asked",
                "recipient permit_mynetworks#2: 1 asked",
                "recipient broken#1: 1 asked, 1 defer, 1 failed",
            ],
            bench.Load().Policies!.Rules.Select(r => Describe(r.Counts)));
        var rules = bench.Load().Policies!.Rules;
        Assert.Equal(bench.Time.GetUtcNow(), rules.Single(r => r.Counts.Rule == "nobody").Counts.LastMatch);
        Assert.Equal(bench.Time.GetUtcNow() - TimeSpan.FromMinutes(1), rules.Single(r => r.Counts.Rule == "sometimes").Counts.LastMatch);
        Assert.Null(rules.Single(r => r.Counts.Rule == "never").Counts.LastMatch);
        Assert.Equal(("client.js", 1), (rules[1].File, rules[1].Line));
    }

    [Fact]
    public async Task Counts_outlive_the_policies_and_move_with_a_rules_line()
    {
        await using var bench = new Bench();
        bench.Stage("client", "export default [r.reject()];");
        await bench.RcptAsync();
        await using var later = new Bench(bench.Rules);
        later.File("client.js", "\n\nimport { restrictions as r } from 'policymta';\nexport default [r.permit_mynetworks(),\n r.reject()];");
        await later.RcptAsync();
        var reject = later.Load().Policies!.Rules.Single(r => r.Counts.Rule == "reject");
        Assert.Equal((2, 5), (reject.Counts.Rejects, reject.Line));
    }

    [Fact]
    public void Names_without_end_share_one_entry()
    {
        var ledger = new RuleLedger();
        for (var n = 0; n < RuleLedger.Most; n++) ledger.Of("client", $"rule{n}", "client.js", 1);
        Assert.Equal("rule0", ledger.Of("client", "rule0", "client.js", 1).Rule);
        Assert.Equal("overflow", ledger.Of("client", "one more", "client.js", 1).Rule);
        Assert.Same(ledger.Of("client", "two more", "client.js", 1), ledger.Of("client", "one more", "client.js", 1));
        Assert.Equal(RuleLedger.Most + 1, ledger.Rules.Count());
    }

    private static string Describe(RuleCounts c) => $"{c.Stage} {c.Rule}#{c.Occurrence}: {c.Asked} asked" + string.Concat(
        new[] { (c.Permits, "permit"), (c.Rejects, "reject"), (c.Defers, "defer"), (c.Discards, "discard"), (c.Others, "other"), (c.Failures, "failed") }.Where(p => p.Item1 > 0).Select(p => $", {p.Item1} {p.Item2}"));
}
