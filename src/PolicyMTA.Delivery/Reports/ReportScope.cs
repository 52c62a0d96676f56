using PolicyMTA.Queue;
using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Reports;

/// <summary>Which recipients a report is about, if any (RFC 3461 §4.1, §5.2).</summary>
internal static class ReportScope
{
    /// <summary>The recipients to report; empty when no report may or need be sent.</summary>
    public static IReadOnlyList<(QueuedRecipient Recipient, RecipientOutcome Outcome)> Select(ReportRequest request)
    {
        // RFC 5321 §6.1: a report answers nobody, and nothing answers a report: only the postmaster may hear of one that failed, and nobody of what the postmaster missed.
        if (request is { Reader: ReportReader.Postmaster, Message.Origin.Kind: OriginKind.Verification }) return [];
        if (request.Reader == ReportReader.Postmaster) return request.Message.Origin.Kind == OriginKind.Report && !request.Message.Sender.IsNull ? [] : request.Recipients;
        if (request.Message.Sender.IsNull || request.Message.Origin.Kind == OriginKind.Report) return [];
        return [.. request.Recipients.Where(r => IsWanted(request.Kind, r.Recipient.Parameters.Notify, r.Outcome))];
    }

    private static bool IsWanted(ReportKind kind, Notify notify, RecipientOutcome outcome)
    {
        if (notify.HasFlag(Notify.Never)) return false;
        return kind switch
        {
            ReportKind.Failure => notify == Notify.Unspecified || notify.HasFlag(Notify.Failure),
            ReportKind.Delay => notify == Notify.Unspecified || notify.HasFlag(Notify.Delay),
            ReportKind.Success => notify.HasFlag(Notify.Success) && !outcome.ReportsPassedOn,
            _ => false,
        };
    }
}
