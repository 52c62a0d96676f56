using PolicyMTA.Sdk;

namespace PolicyMTA.Policy.Lists;

/// <summary>With <c>smtpd_delay_reject</c>: the client, helo and sender lists at RCPT. A list that did not look at the recipient is asked once a transaction.</summary>
internal sealed class DelayedLists(ListRunner runner, StageSet lists)
{
    private readonly ListOutcome?[] _kept = new ListOutcome?[3];
    private HashSet<Verdict>? _given;

    public async ValueTask RunAsync(RecipientRun run, RecipientContext context, CancellationToken cancellationToken)
    {
        for (var stage = Stage.Client; stage <= Stage.Sender && !run.IsOver; stage++)
        {
            if (_kept[(int)stage] is { } kept) runner.Repeat(stage, kept);
            run.Take(_kept[(int)stage] ?? await AskAsync(stage, context, cancellationToken));
        }
    }

    /// <summary>What is for the message is handed out once, though a kept list says it again for every recipient.</summary>
    public IReadOnlyList<Verdict> WithoutRepeats(IReadOnlyList<Verdict> actions)
    {
        if (actions.Count == 0) return actions;
        _given ??= new HashSet<Verdict>(ReferenceEqualityComparer.Instance);
        return [.. actions.Where(a => a is not Verdict.Prepend || _given.Add(a))];
    }

    public void Forget()
    {
        Array.Clear(_kept);
        _given = null;
    }

    private async ValueTask<ListOutcome> AskAsync(Stage stage, RecipientContext context, CancellationToken cancellationToken)
    {
        context.WasRecipientRead = false;
        var outcome = await runner.RunWithImpliedAsync(lists[stage], context, cancellationToken);
        if (!context.WasRecipientRead) _kept[(int)stage] = outcome;
        return outcome;
    }
}
