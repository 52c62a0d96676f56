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

    /// <summary>A rule failed, and what stands for its verdict is in here.</summary>
    public bool HasFailed { get; init; }

    public bool Ends => Refusal is not null || Discards;

    /// <summary>What a list decides that is asked by itself: its latches are resolved with it.</summary>
    public StageDecision Decide()
    {
        if (ReferenceEquals(this, Permitted)) return StageDecision.Accept;
        var refusal = Refusal is { } refused ? Latches.Resolve(refused) : Discards ? null : Latches.IfPermit;
        return refusal is null ? new StageDecision { Actions = Actions } : new StageDecision { Refusal = refusal };
    }
}
