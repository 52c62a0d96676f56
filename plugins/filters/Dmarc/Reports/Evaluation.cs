using PolicyMTA.Sdk;

namespace PolicyMTA.Filters.Dmarc.Reports;

/// <summary>What a report tells of one message. An immutable value.</summary>
/// <param name="Time">When it came.</param>
/// <param name="Published">The policy that applied.</param>
/// <param name="Row">Its row, for a count of one.</param>
internal sealed record Evaluation(DateTimeOffset Time, PublishedPolicy Published, ReportRow Row)
{
    // Strangers choose these texts; longer ones are no names.
    private const int LongestText = 255;

    // RFC 9990 §3.1.1.10 has up to 100; so many are an attack.
    private const int MostSignatures = 10;

    /// <summary>What is to be told of a message; null when there is nothing: no policy, or no result now.</summary>
    /// <param name="context">The message.</param>
    /// <param name="outcome">What the check came to.</param>
    /// <param name="disposition">What was done about it.</param>
    /// <param name="isTrusted">It came from a forwarder of ours.</param>
    /// <param name="time">When.</param>
    internal static Evaluation? Of(EndOfDataContext context, DmarcOutcome outcome, DmarcPolicy disposition, bool isTrusted, DateTimeOffset time)
    {
        if (outcome is not { Published: { } published, Result: DmarcResult.Pass or DmarcResult.Fail }) return null;
        // A report that was proved to be one is not reported on, else two servers would go on about each other's for ever.
        if (outcome.Result == DmarcResult.Pass && IsReport(context.Message)) return null;
        return new Evaluation(time, published, new ReportRow
        {
            Source = context.Client.Address.IsIPv4MappedToIPv6 ? context.Client.Address.MapToIPv4() : context.Client.Address,
            Count = 1,
            Disposition = disposition,
            IsDkimAligned = outcome.Dkim is not null,
            IsSpfAligned = outcome.Spf is not null,
            Override = OverrideOf(outcome, disposition, isTrusted),
            HeaderFrom = Short(outcome.Author),
            EnvelopeFrom = Short(context.Sender.Domain),
            Dkim = [.. context.Results.Items.Where(result => result.Method == "dkim").Select(DkimOf).Where(dkim => dkim.Domain.Length > 0).Take(MostSignatures)],
            Spf = SpfOf(context),
        });
    }

    /// <summary>True for the subject that reports have (RFC 9990 §3.5.2).</summary>
    internal static bool IsReport(IMessage message)
    {
        var words = message.FindHeader("Subject")?.Value.Split([' ', '\t', '\r', '\n'], StringSplitOptions.RemoveEmptyEntries) ?? [];
        return words is [var report, var domain, _, var submitter, _, var id, ..] && Is(report, "Report") && Is(domain, "Domain:") && Is(submitter, "Submitter:") && Is(id, "Report-ID:");

        static bool Is(string word, string expected) => word.Equals(expected, StringComparison.OrdinalIgnoreCase);
    }

    private static ReportOverride? OverrideOf(DmarcOutcome outcome, DmarcPolicy disposition, bool isTrusted)
    {
        if (outcome.Result == DmarcResult.Pass) return null;
        if (disposition != outcome.Policy) return isTrusted ? new ReportOverride("trusted_forwarder", "") : new ReportOverride("local_policy", "");
        if (outcome.Requested == outcome.Policy) return null;
        var record = outcome.Published!.Record;
        return record.IsTest ? new ReportOverride("policy_test_mode", "") : new ReportOverride("other", $"pct={record.Percent}");
    }

    private static DkimEvidence DkimOf(AuthenticationResult result) => new(Short(Property(result, "header.d")), Short(Property(result, "header.s")), result.Result);

    // Without a check of SPF a report still names the domain that would have been checked.
    private static SpfEvidence SpfOf(EndOfDataContext context)
    {
        var result = context.Results.Find("spf");
        var sender = result is null ? "" : Property(result, "smtp.mailfrom");
        var isHelo = result is null || sender.Length == 0 ? context.Sender.IsNull : false;
        var domain = isHelo ? (result is null ? "" : Property(result, "smtp.helo")) : sender[(sender.LastIndexOf('@') + 1)..];
        if (domain.Length == 0) domain = isHelo ? context.Helo?.Name ?? "" : context.Sender.Domain;
        return new SpfEvidence(Short(domain), isHelo ? "helo" : "mfrom", result?.Result ?? "none");
    }

    private static string Property(AuthenticationResult result, string name) => result.Properties.FirstOrDefault(property => property.Key == name).Value ?? "";

    private static string Short(string text) => text.Length <= LongestText ? text : text[..LongestText];
}
