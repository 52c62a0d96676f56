namespace PolicyMTA.Policy;

/// <summary>What one command was answered, and the rules that were asked for it. An immutable value.</summary>
/// <param name="Command">The command: CONNECT, EHLO, MAIL, RCPT, DATA, END-OF-MESSAGE …</param>
/// <param name="Item">What it was about: a name, a domain, an address; empty for none. Never a secret.</param>
/// <param name="Reply">What the client read; the first line of several.</param>
/// <param name="Steps">The rules in the order they were asked; empty when none was.</param>
public sealed record Decision(string Command, string Item, string Reply, IReadOnlyList<DecisionStep> Steps)
{
    /// <summary>True when the command was refused, for now or for good.</summary>
    public bool IsRefusal => Reply is ['4' or '5', ..];
}
