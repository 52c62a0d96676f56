using PolicyMTA.Sdk;

namespace PolicyMTA.Restrictions.Tests;

/// <summary>Shows verdicts as the core frames them for the client.</summary>
internal static class Framing
{
    public static string Show(Verdict verdict, RestrictionBench bench, RefusedItem stage) => verdict switch
    {
        Verdict.DunnoVerdict => "dunno",
        Verdict.PermitVerdict => "permit",
        Verdict.Refuse refusal => Frame(refusal, bench, refusal.Item == RefusedItem.OfStage ? stage : refusal.Item),
        Verdict.DeferIfPermit latched => $"if permit {Show(latched.Refusal, bench, stage)}",
        Verdict.DeferIfReject latched => $"if reject {Show(latched.Refusal, bench, stage)}",
        _ => verdict.ToString(),
    };

    private static string Frame(Verdict.Refuse refusal, RestrictionBench bench, RefusedItem item)
    {
        var (name, value) = item switch
        {
            RefusedItem.Client => ("Client host", bench.Client.ToString()),
            RefusedItem.UnverifiedClient => ("Unverified Client host", bench.Client.ReverseName),
            RefusedItem.ClientCertificate => ("Client certificate", bench.Tls?.Certificate?.Subject ?? ""),
            RefusedItem.SaslLogin => ("SASL login name", bench.User ?? ""),
            RefusedItem.Helo => ("Helo command", bench.Helo ?? ""),
            RefusedItem.Sender => ("Sender address", bench.Sender),
            RefusedItem.Etrn => ("Etrn command", bench.Etrn),
            RefusedItem.Data => ("Data command", "DATA"),
            _ => ("Recipient address", bench.Recipients[0]),
        };
        var frame = refusal.Frame switch
        {
            ReplyFrame.Full => $"<{value}>: {name} rejected: ",
            ReplyFrame.Item => $"<{value}>: ",
            _ => "",
        };
        return $"{refusal.Code} {Fix(refusal.Status, item)} {frame}{refusal.Text}";
    }

    // Which addresses a status speaks of (RFC 3463 §3.2) depends on what it is given for.
    private static EnhancedStatus Fix(EnhancedStatus status, RefusedItem item)
    {
        if (status.Subject != 1) return status;
        if (item is not (RefusedItem.Sender or RefusedItem.Recipient)) return status with { Subject = 0, Detail = 0 };
        if (item == RefusedItem.Recipient) return status with { Detail = status.Detail switch { 7 => 3, 8 => 2, var other => other } };
        return status with { Detail = status.Detail switch { 1 or 3 or 4 or 6 or 7 => 7, 2 or 8 => 8, 27 => 27, _ => 0 } };
    }
}
