using PolicyMTA.Sdk;

namespace PolicyMTA.Queue.Scheduling;

/// <summary>Turns what an attempt came to into one commit: states, next due times, and the reports that are due.</summary>
internal sealed class OutcomeRecorder(QueueParts parts, ActiveQueue active, Admission admission, DeliveryLog log)
{
    private static readonly EnhancedStatus NoRoom = new(4, 3, 1);
    private static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(1), LongestRetry = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Completes when the outcomes are on stable storage; a store that fails is asked again until it does not. An end of the server does not keep
    /// known outcomes from being written, else the mail would go out twice; it only ends the asking of a store that fails.
    /// </summary>
    internal async Task RecordAsync(IDeliverer deliverer, Attempt attempt, CancellationToken cancellationToken)
    {
        var message = attempt.Job.Active;
        (attempt, var successors) = await AdmitAsync(attempt);
        var own = attempt.Outcomes.Select(pair => Decision.Make(attempt, pair.Recipient, pair.Outcome, parts.Settings(), parts.Clock.Now)).ToList();
        var taken = active.TakeReports(message, own, mustNotWait: own.Exists(decision => decision.Recipient.Failure is not null));
        var pass = new ReportPass(attempt, taken is null ? [.. own.Select(decision => decision.Waiting(parts.Clock.Now))] : own, [.. taken ?? []]) { Successors = successors };
        await ReportAsync(deliverer, pass);
        try { await CommitAsync(message.Message.Id, pass.Changes(parts.Clock.Now), cancellationToken); }
        catch
        {
            foreach (var successor in successors) admission.Failed(successor);
            throw;
        }
        active.Reported(message, taken ?? []);
        Conclude(pass);
    }

    /// <summary>The message can't be read: nothing of it is tried or forgotten.</summary>
    internal async Task SetAsideAsync(ActiveMessage message, string reason, CancellationToken cancellationToken)
    {
        log.Corrupt(message.Message.Id, reason);
        await CommitAsync(message.Message.Id, [new QueueChange.SetAside(message.Message.Id, reason)], cancellationToken);
        active.ForgetAll(message);
    }

    private void Conclude(ReportPass pass)
    {
        var (attempt, message) = (pass.Attempt, pass.Attempt.Job.Active);
        foreach (var decision in pass.Own)
        {
            // What waited for its report was told when it failed.
            if (decision.Recipient.Failure is null) log.Tried(attempt.Job, attempt.Begun, attempt.Ended, decision.Recipient, decision.Outcome, decision.Word);
        }
        foreach (var decision in pass.Decisions)
        {
            if (decision is { Result.State: RecipientState.Deferred, Hold: null }) active.AddDue(decision.Result.Destination, decision.Result.Due);
        }
        if (pass.Own.Exists(decision => decision.HasExpired)) log.Expired(message.Message);
        if (ReportRules.IsNoticeToPostmaster(message.Message) && pass.Own.Exists(decision => decision.Result.State == RecipientState.Bounced)) log.NoticeDiscarded(message.Message.Id);
        foreach (var (report, kind, reader) in pass.Reports)
        {
            log.ReportMade(message.Message.Id, kind, reader, report.Change.Message.Id);
            admission.Committed(report);
        }
        foreach (var successor in pass.Successors) admission.Committed(successor);
        if (active.Forget(message, [.. pass.Own.Select(decision => decision.Recipient)], pass.Decisions.Count(decision => decision.Result.State != RecipientState.Deferred))) log.Removed(message.Message.Id);
    }

    private async ValueTask<(Attempt Attempt, List<Admitted> Successors)> AdmitAsync(Attempt attempt)
    {
        List<Admitted> successors = [];
        if (attempt.Outcomes.All(pair => pair.Outcome.Successors.Count == 0)) return (attempt, successors);
        var outcomes = new List<(QueuedRecipient, RecipientOutcome)>(attempt.Outcomes.Count);
        foreach (var (recipient, outcome) in attempt.Outcomes) outcomes.Add((recipient, await AdmitAsync(attempt, outcome, successors)));
        return (attempt with { Outcomes = outcomes }, successors);
    }

    // Where there is no room for one of them, none goes and the recipient waits.
    private async ValueTask<RecipientOutcome> AdmitAsync(Attempt attempt, RecipientOutcome outcome, List<Admitted> successors)
    {
        var own = new List<Admitted>();
        try
        {
            foreach (var message in outcome.Successors) own.Add(await admission.PrepareAsync(message, CancellationToken.None));
            successors.AddRange(own);
            return outcome;
        }
        catch (Exception failure) when (failure is InsufficientStorageException or TemporaryFailureException)
        {
            log.CommitFailed(attempt.Job.Active.Message.Id, failure);
            foreach (var admitted in own) admission.Failed(admitted);
            foreach (var message in outcome.Successors) await message.Content.DisposeAsync();
            return outcome with { Action = DeliveryAction.Deferred, Status = NoRoom, Text = "cannot forward: insufficient system storage", Successors = [], IsExpanded = false, IsFinal = false };
        }
    }

    private async ValueTask ReportAsync(IDeliverer deliverer, ReportPass pass)
    {
        foreach (var kind in (ReportKind[])[ReportKind.Failure, ReportKind.Delay, ReportKind.Success])
        {
            foreach (var reader in (ReportReader[])[ReportReader.Sender, ReportReader.Postmaster]) await ReportAsync(deliverer, pass, kind, reader);
        }
    }

    private async ValueTask ReportAsync(IDeliverer deliverer, ReportPass pass, ReportKind kind, ReportReader reader)
    {
        var concerned = pass.Decisions.Where(decision => decision.Event == kind && decision.IsFor(reader)).ToList();
        if (concerned.Count == 0) return;
        var message = pass.Attempt.Job.Active.Message;
        try
        {
            var request = new ReportRequest(parts.Ids.Next(), message, kind, [.. concerned.Select(decision => (decision.Recipient, decision.Reported))]) { Reader = reader };
            if (await deliverer.ReportAsync(request, CancellationToken.None) is { } report) pass.Reports.Add((await admission.PrepareAsync(report, CancellationToken.None), kind, reader));
        }
        catch (Exception failure)
        {
            log.ReportFailed(message.Id, failure);
            // Nobody may lose a message without a word: its row stays until the report can be made. The copy for the postmaster is not worth a second one to the sender.
            if (kind == ReportKind.Success || (reader == ReportReader.Postmaster && message.Sender is { IsNull: false })) return;
            pass.Replace(kind, decision => decision.WithoutReport(pass.Attempt, parts.Settings(), parts.Clock.Now));
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
