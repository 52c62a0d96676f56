using PolicyMTA.Sdk;

namespace PolicyMTA.Policy.Lists;

/// <summary>The lists of one RCPT, one after the other.</summary>
internal sealed class RecipientRun
{
    private List<Verdict>? _actions;
    private Latches _latches;
    private Refusal? _refusal;
    private bool _discards;

    public string? Grant { get; set; }

    /// <summary>Refused or discarded: no further list is asked.</summary>
    public bool IsOver => _refusal is not null || _discards;

    public StageDecision Decision => _refusal is not null
        ? new StageDecision { Refusal = _refusal, Actions = _actions?.FindAll(action => action is Verdict.Prepend) ?? [] }
        : _actions is null && Grant is null ? StageDecision.Accept : new StageDecision { Actions = _actions ?? [], RelayGrant = Grant };

    public void Take(ListOutcome outcome)
    {
        if (ReferenceEquals(outcome, ListOutcome.Permitted)) return;
        Take(outcome.Latches);
        if (outcome.Actions.Count > 0) (_actions ??= []).AddRange(outcome.Actions);
        if (outcome.Refusal is not null) Refuse(outcome.Refusal);
        _discards |= outcome.Discards;
    }

    public void Take(Latches latches) => _latches = _latches.Then(latches);

    public void Refuse(Refusal refusal) => _refusal = _latches.Resolve(refusal);

    /// <summary>All lists permitted: what was latched for that case comes true.</summary>
    public void ResolvePermit()
    {
        if (!IsOver) _refusal = _latches.IfPermit;
    }
}
