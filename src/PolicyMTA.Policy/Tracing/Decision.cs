namespace PolicyMTA.Policy;

/// <summary>What one command was answered, and the rules that were asked for it. An immutable value.</summary>
/// <param name="Command">The command: CONNECT, EHLO, MAIL, RCPT, DATA, END-OF-MESSAGE …</param>
/// <param name="Item">What it was about: a name, a domain, an address; empty for none. Never a secret.</param>
/// <param name="Reply">What the client read; the first line of several.</param>
/// <param name="Steps">The rules in the order they were asked; empty when none was.</param>
public sealed record Decision(string Command, string Item, string Reply, IReadOnlyList<DecisionStep> Steps)
{
    /// <summary>Whose word the reply is: of the rules that refused or discarded the last, else the last that said anything; null when none did.</summary>
    public DecisionStep? Decider
    {
        get
        {
            var steps = Steps.Where(s => s.Stage != "shadow").ToList();
            var last = steps.LastOrDefault(s => s.Verdict.Split(' ')[0] is "reject" or "defer" or "disconnect" or "discard" or "defer_if_permit" or "defer_if_reject");
            if (last.Rule is null && !IsRefusal) last = steps.LastOrDefault(s => s.Verdict != "dunno");
            return last.Rule is null ? null : last;
        }
    }

    /// <summary>True when the command was refused, for now or for good.</summary>
    public bool IsRefusal => Reply is ['4' or '5', ..];
}
