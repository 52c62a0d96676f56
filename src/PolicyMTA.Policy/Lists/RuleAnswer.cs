using PolicyMTA.Sdk;

namespace PolicyMTA.Policy.Lists;

/// <summary>What asking a rule gave. An immutable value.</summary>
/// <param name="Verdict">Its verdict.</param>
/// <param name="RelayWhy">The reason of <c>permit.relay(why)</c>; null without one.</param>
/// <param name="Recipients">What <c>per_recipient</c> said, in the order of the recipients; null from other rules.</param>
internal readonly record struct RuleAnswer(Verdict Verdict, string? RelayWhy = null, IReadOnlyList<RuleAnswer>? Recipients = null);
