using System.Diagnostics.Metrics;
using PolicyMTA.Policy;

namespace PolicyMTA.Metrics;

/// <summary>What rules were asked and said, by rule.</summary>
internal static class RuleMetrics
{
    /// <summary>Makes the instruments.</summary>
    public static void Create(Meter meter, RuleLedger ledger, ShadowCounts shadow)
    {
        meter.CreateObservableCounter("policymta_rule_asked_total", () => ledger.Rules.Select(rule => new Measurement<long>(rule.Asked, Labels(rule))), null, "How often rules were asked.");
        meter.CreateObservableCounter("policymta_rule_verdicts_total", () => ledger.Rules.SelectMany(Verdicts), null, "What rules said, but for dunno.");
        meter.CreateObservableCounter("policymta_rule_failures_total", () => ledger.Rules.Select(rule => new Measurement<long>(rule.Failures, Labels(rule))), null, "How often rules failed.");
        meter.CreateObservableGauge("policymta_rule_open", () => ledger.Rules.Where(rule => rule.IsOpen).Select(rule => new Measurement<int>(1, Labels(rule))), null, "Rules that are not asked for a while because they kept failing.");
        meter.CreateObservableCounter("policymta_rule_seconds_total", () => ledger.Rules.Select(rule => new Measurement<double>(rule.Time.TotalSeconds, Labels(rule))), "s", "The time rules took, waiting included.");
        meter.CreateObservableGauge("policymta_rule_last_match_timestamp_seconds", () => from rule in ledger.Rules
                                                                                         where rule.LastMatch is not null
                                                                                         select new Measurement<double>(rule.LastMatch!.Value.ToUnixTimeMilliseconds() / 1000.0, Labels(rule)), "s", "When rules last said anything but dunno.");
        meter.CreateObservableCounter("policymta_shadow_decisions_total", () => Compared(shadow), null, "What the shadow set decided beside the policies in force.");
    }

    private static IEnumerable<Measurement<long>> Compared(ShadowCounts shadow)
    {
        (string Name, long Value)[] results = [("same", shadow.Same), ("different", shadow.Different), ("unanswered", shadow.Unanswered)];
        return results.Select(result => new Measurement<long>(result.Value, new KeyValuePair<string, object?>("result", result.Name)));
    }

    private static IEnumerable<Measurement<long>> Verdicts(RuleCounts rule)
    {
        (string Name, long Value)[] verdicts = [("permit", rule.Permits), ("reject", rule.Rejects), ("defer", rule.Defers), ("discard", rule.Discards), ("other", rule.Others)];
        return verdicts.Where(verdict => verdict.Value > 0).Select(verdict => new Measurement<long>(verdict.Value, [.. Labels(rule), new("verdict", verdict.Name)]));
    }

    private static KeyValuePair<string, object?>[] Labels(RuleCounts rule) =>
        [new("stage", rule.Stage), new("rule", rule.Rule), new("file", rule.File), new("number", rule.Occurrence)];
}
