using PolicyMTA.Policy;

namespace PolicyMTA.Control;

/// <summary>A rule of <c>GET /rules</c>.</summary>
internal sealed record RuleReply(
    string Stage, string Rule, string File, int Line, long Asked, long Permits, long Rejects, long Defers, long Discards, long Others, long Failures, double Seconds, DateTimeOffset? LastMatch, bool IsOpen)
{
    public static RuleReply From(RuleInForce rule)
    {
        var counts = rule.Counts;
        return new RuleReply(counts.Stage, counts.Rule, rule.File, rule.Line, counts.Asked, counts.Permits, counts.Rejects, counts.Defers, counts.Discards, counts.Others, counts.Failures, counts.Time.TotalSeconds, counts.LastMatch, counts.IsOpen);
    }
}

/// <summary>A line of <c>GET /tail</c> in the place of traces that came too fast for their reader.</summary>
internal sealed record MissedReply(long Missed);
