using PolicyMTA.Sdk;

namespace PolicyMTA.Addressing;

/// <summary>What a recipient expanded to. A closed set of immutable values.</summary>
public abstract record AliasExpansion
{
    private AliasExpansion() { }

    /// <summary>The addresses to deliver to, without duplicates; the recipient itself when no alias matched.</summary>
    public sealed record Expanded(IReadOnlyList<Address> Addresses) : AliasExpansion;

    /// <summary>A loop, or more than <c>virtual_alias_expansion_limit</c> addresses: 451 4.6.0 Alias expansion error.</summary>
    public sealed record TooMuch(string Reason) : AliasExpansion;
}
