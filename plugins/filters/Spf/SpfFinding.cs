namespace PolicyMTA.Filters.Spf;

/// <summary>What was found for one identity. An immutable value.</summary>
/// <param name="IsHelo">The identity of HELO, else that of MAIL.</param>
/// <param name="Subject">Whom it was about.</param>
/// <param name="Outcome">What it came to.</param>
internal sealed record SpfFinding(bool IsHelo, SpfSubject Subject, SpfOutcome Outcome)
{
    /// <summary>The result as RFC 8601 §2.7.2 writes it.</summary>
    internal string Word => Outcome.Result.ToString().ToLowerInvariant();

    /// <summary>Why, for those who are refused.</summary>
    internal string Reason => Outcome.Explanation ?? Outcome.Result switch
    {
        SpfResult.Fail => "SPF fail - not authorized",
        SpfResult.SoftFail => "domain owner discourages use of this host",
        SpfResult.Neutral => "access neither permitted nor denied",
        SpfResult.Pass => "sender SPF authorized",
        SpfResult.None => "no SPF record",
        _ => $"SPF {(Outcome.Result == SpfResult.PermError ? "Permanent" : "Temporary")} Error: {Outcome.Problem}",
    };
}
