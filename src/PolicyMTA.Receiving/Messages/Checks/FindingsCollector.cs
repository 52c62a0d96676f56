using PolicyMTA.Policy;
using PolicyMTA.Sdk;

namespace PolicyMTA.Receiving.Messages.Checks;

/// <summary>Gathers what checks want done with a message. One message's alone.</summary>
internal sealed class FindingsCollector(ContentFindings before)
{
    private const int MostCopies = 100;

    /// <summary>All of it.</summary>
    internal ContentFindings Findings { get; private set; } = before;

    /// <summary>Takes an action that is for the message; true when nothing more is to be looked at.</summary>
    internal bool Take(CheckAction action)
    {
        Findings = action.Name switch
        {
            "BCC" when Findings.Copies.Count < MostCopies => Findings with { Copies = [.. Findings.Copies, Address.FromInternal(action.Text)] },
            "HOLD" => Findings with { Hold = Findings.Hold ?? new Verdict.Hold(action.Text) },
            "FILTER" => Findings with { Filter = action.Text },
            "REDIRECT" => Findings with { Redirect = Address.FromInternal(action.Text) },
            "REJECT" => Findings with { Refusal = action.Refusal },
            "DISCARD" => Findings with { IsDiscarded = true },
            _ => Findings,
        };
        return action.Name is "REJECT" or "DISCARD" or "PASS" or "REDIRECT";
    }

    /// <summary>What is refused for its structure, unless it was refused before.</summary>
    internal void Refuse(Refusal refusal) => Findings = Findings with { Refusal = Findings.Refusal ?? refusal };
}
