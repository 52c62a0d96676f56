using PolicyMTA.Sdk;

namespace PolicyMTA.Policy.Lists;

/// <summary>How a list came out. An immutable value.</summary>
internal sealed record ListOutcome
{
    /// <summary>It permitted and did nothing else.</summary>
    public static ListOutcome Permitted { get; } = new();

    /// <summary>Likewise, and the rule that the configuration implies was among those asked.</summary>
    public static ListOutcome PermittedWithImplied { get; } = new() { HasAskedImplied = true };

    public Refusal? Refusal { get; init; }

    /// <summary>The rule that refused; null when none did.</summary>
    public Rule? RefusedBy { get; init; }

    /// <summary>The rule that the configuration implies behind the list was asked in it.</summary>
    public bool HasAskedImplied { get; init; }

    public bool Discards { get; init; }

    public IReadOnlyList<Verdict> Actions { get; init; } = [];

    public Latches Latches { get; init; }

    /// <summary>The rule whose permit ended the list; null when it ran to its end.</summary>
    public Rule? PermittedBy { get; init; }

    public string? RelayWhy { get; init; }

    public IReadOnlyList<IReadOnlyList<RuleAnswer>> PerRecipient { get; init; } = [];

    public bool Ends => Refusal is not null || Discards;
}
