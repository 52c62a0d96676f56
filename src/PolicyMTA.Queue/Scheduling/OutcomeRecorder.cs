using PolicyMTA.Sdk;

namespace PolicyMTA.Queue.Scheduling;

/// <summary>Turns what an attempt came to into one commit: states, next due times, and the reports that are due.</summary>
internal sealed class OutcomeRecorder(QueueParts parts, ActiveQueue active, Admission admission, DeliveryLog log)
{
    private static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(1), LongestRetry = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Completes when the outcomes are on stable storage; a store that fails is asked again until it does not. An end of the server does not keep
    /// known outcomes from being written, else the mail would go out twice; it only ends the asking of a store that fails.
    /// </summary>
    internal async Task RecordAsync(IDeliverer deliverer, Attempt attempt, CancellationToken cancellationToken)
    {
        var decisions = attempt.Outcomes.Select(pair => Decision.Make(attempt, pair.Recipient, pair.Outcome, parts.Settings(), parts.Clock.Now)).ToList();
        var changes = new List<QueueChange>(2);
        var admitted = new List<Admitted>();
        foreach (var kind in (ReportKind[])[ReportKind.Failure, ReportKind.Delay, ReportKind.Success]) await ReportAsync(deliverer, attempt, kind, decisions, admitted);
        changes.Add(new QueueChange.Tried(attempt.Job.Active.Message.Id, [.. decisions.Select(decision => decision.Result)]));
        changes.AddRange(admitted.Select(report => report.Change));
        await CommitAsync(attempt.Job.Active.Message.Id, changes, cancellationToken);
        Conclude(attempt, decisions, admitted);
    }

    /// <summary>The message can't be read: nothing of it is tried or forgotten.</summary>
    internal async Task SetAsideAsync(ActiveMessage message, string reason, CancellationToken cancellationToken)
    {
        log.Corrupt(message.Message.Id, reason);
        await CommitAsync(message.Message.Id, [new QueueChange.SetAside(message.Message.Id, reason)], cancellationToken);
        active.ForgetAll(message);
    }

    private void Conclude(Attempt attempt, List<Decision> decisions, List<Admitted> admitted)
    {
        var message = attempt.Job.Active;
        foreach (var decision in decisions)
        {
            log.Tried(attempt.Job, attempt.Begun, attempt.Ended, decision.Recipient, decision.Outcome, decision.Word);
            if (decision.Result.State == RecipientState.Deferred) active.AddDue(decision.Result.Destination, decision.Result.Due);
        }
        if (decisions.Exists(decision => decision.HasExpired)) log.Expired(message.Message);
        foreach (var report in admitted) admission.Committed(report);
        if (active.Forget(message, [.. decisions.Select(decision => decision.Recipient)], decisions.Count(decision => decision.Result.State != RecipientState.Deferred))) log.Removed(message.Message.Id);
    }

    private async ValueTask ReportAsync(IDeliverer deliverer, Attempt attempt, ReportKind kind, List<Decision> decisions, List<Admitted> admitted)
    {
        var concerned = decisions.Where(decision => decision.Report == kind).ToList();
        if (concerned.Count == 0) return;
        try
        {
            var id = parts.Ids.Next();
            var request = new ReportRequest(id, attempt.Job.Active.Message, kind, [.. concerned.Select(decision => (decision.Recipient, decision.Reported))]);
            if (await deliverer.ReportAsync(request, CancellationToken.None) is not { } report) return;
            admitted.Add(await admission.PrepareAsync(report, CancellationToken.None));
            log.ReportMade(attempt.Job.Active.Message.Id, kind, id);
        }
        catch (Exception failure)
        {
            log.ReportFailed(attempt.Job.Active.Message.Id, failure);
            // Nobody may lose a message without a word: they stay until a report can be made.
            for (var i = 0; i < decisions.Count; i++)
            {
                if (decisions[i].Report == kind && kind != ReportKind.Success) decisions[i] = decisions[i].WithoutReport(attempt, parts.Settings(), parts.Clock.Now);
            }
        }
    }

    private async ValueTask CommitAsync(QueueId id, List<QueueChange> changes, CancellationToken cancellationToken)
    {
        for (var pause = FirstRetry; ; pause = TimeSpan.FromTicks(Math.Min(pause.Ticks * 2, LongestRetry.Ticks)))
        {
            try
            {
                await parts.Commits.CommitAsync(changes, CancellationToken.None);
                return;
            }
            catch (Exception failure) when (failure is InsufficientStorageException or TemporaryFailureException)
            {
                log.CommitFailed(id, failure);
                await Task.Delay(pause, parts.Clock.Time, cancellationToken);
            }
        }
    }
}
