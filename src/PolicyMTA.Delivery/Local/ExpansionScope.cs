using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Local;

/// <summary>Where an expansion has got to: whose word is read, with whose rights, and who hears of failures. An immutable value.</summary>
internal sealed record ExpansionScope
{
    /// <summary>The envelope sender: the owner of a list once it went through one.</summary>
    public required Address Sender { get; init; }
    /// <summary>When the sender wants to hear of what is under way.</summary>
    public Notify Notify { get; init; }
    /// <summary>How deep.</summary>
    public int Depth { get; init; }
    /// <summary>What is read: <c>alias</c>, <c>include</c>, <c>forward</c>; empty: the recipient itself.</summary>
    public string Kind { get; init; } = "";
    /// <summary>The name that is being expanded: met again it is the user of that name.</summary>
    public string? ExpandingFrom { get; init; }
    /// <summary>Who forwards; local users that are another are sent a message of their own.</summary>
    public string? Owner { get; init; }
    /// <summary>Whose rights commands and files have; null: nobody's in particular.</summary>
    public UserAccount? User { get; init; }
    /// <summary>The extension that no name had yet, with its delimiter.</summary>
    public string Unmatched { get; init; } = "";
    /// <summary>Expanded by a list with an owner of its own (RFC 3461 §5.2.7.1).</summary>
    public bool IsList { get; init; }

    /// <summary>RFC 3461 §5.2.7.3: what is asked of success is answered by the alias itself.</summary>
    public ExpansionScope WithoutSuccess() => this with { Notify = Notify == Notify.Success ? Notify.Never : Notify & ~Notify.Success };
}
