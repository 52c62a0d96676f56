using System.Text.RegularExpressions;

namespace PolicyMTA.Lookups.Text;

/// <summary>One rule or condition of a pattern table. Immutable.</summary>
/// <param name="Expression">The pattern.</param>
/// <param name="IsNegated">True when it must not match.</param>
/// <param name="Exception">The pattern that must not match besides (<c>/a/!/b/</c>); null for none.</param>
/// <param name="Result">What it means.</param>
internal sealed record PatternRule(Regex Expression, bool IsNegated, Regex? Exception, Replacement Result)
{
    /// <summary>The result for a key; null when the rule does not apply.</summary>
    internal string? Apply(string key)
    {
        var match = Expression.Match(key);
        if (match.Success == IsNegated || Exception?.IsMatch(key) == true) return null;
        return Result.Expand(match);
    }
}
