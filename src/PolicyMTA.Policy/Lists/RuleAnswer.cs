using PolicyMTA.Sdk;

namespace PolicyMTA.Policy.Lists;

/// <summary>What asking a rule gave. An immutable value.</summary>
/// <param name="Verdict">Its verdict.</param>
/// <param name="RelayWhy">The reason of <c>permit.relay(why)</c>; null without one.</param>
/// <param name="Recipients">What <c>per_recipient</c> said, in the order of the recipients; null from other rules.</param>
internal readonly record struct RuleAnswer(Verdict Verdict, string? RelayWhy = null, IReadOnlyList<RuleAnswer>? Recipients = null)
{
    /// <summary>The rule failed: the verdict is what stands for it.</summary>
    public bool IsFailure { get; init; }

    /// <summary>The rule that a table named, and whose word this is; null: the rule's own.</summary>
    public Rule? By { get; init; }

    /// <summary>What it would have said without <c>warn_if_reject</c>; null when that changed nothing.</summary>
    public Verdict? Softened { get; init; }

    /// <summary>True when it had nothing to say.</summary>
    public bool IsSilent => Verdict is Verdict.DunnoVerdict && Softened is null && (Recipients is null || Recipients.All(r => r.IsSilent));
}
