using PolicyMTA.Sdk;

namespace PolicyMTA.Queue.Scheduling;

/// <summary>One attempt on its way to the store, with what earlier ones at the same message left to report. Used by one task.</summary>
internal sealed class ReportPass(Attempt attempt, List<Decision> own, List<Decision> taken)
{
    internal Attempt Attempt { get; } = attempt;

    /// <summary>What became of the attempt's own recipients.</summary>
    internal List<Decision> Own { get; } = own;

    /// <summary>Those that earlier attempts left to be reported with them, and they themselves.</summary>
    internal IEnumerable<Decision> Decisions => Own.Concat(taken);

    internal List<(Admitted Report, ReportKind Kind, ReportReader Reader)> Reports { get; } = [];

    /// <summary>The messages that go on in the place of recipients.</summary>
    internal IReadOnlyList<Admitted> Successors { get; init; } = [];

    internal void Replace(ReportKind kind, Func<Decision, Decision> other)
    {
        foreach (var decisions in (List<Decision>[])[Own, taken])
        {
            for (var i = 0; i < decisions.Count; i++)
            {
                if (decisions[i].Event == kind) decisions[i] = other(decisions[i]);
            }
        }
    }

    /// <summary>Outcomes, successors and reports in one commit.</summary>
    /// <param name="now">By the queue's clock: when a hold begins.</param>
    internal List<QueueChange> Changes(DateTimeOffset now)
    {
        var id = Attempt.Job.Active.Message.Id;
        // A delayed one that was taken may be tried again by now: all it needs is the mark.
        var changes = new List<QueueChange> { new QueueChange.Tried(id, [.. Own.Concat(taken.Where(decision => decision.Result.State == RecipientState.Bounced || decision.Result.Failure is not null)).Select(decision => decision.Result)]) };
        var warned = taken.Where(decision => decision.Event == ReportKind.Delay).Select(decision => decision.Recipient.Number).ToList();
        changes.AddRange(Own.Where(decision => decision.Hold is not null).Select(decision => new QueueChange.Held(id, [decision.Recipient.Number], decision.Hold!.Name, now + decision.Hold.Expire)));
        if (warned.Count > 0) changes.Add(new QueueChange.Warned(id, warned));
        changes.AddRange(Successors.Select(successor => successor.Change));
        changes.AddRange(Reports.Select(report => report.Report.Change));
        return changes;
    }
}
