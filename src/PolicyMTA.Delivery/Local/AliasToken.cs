using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Local;

/// <summary>One destination of an alias, an <c>:include:</c> file or a <c>.forward</c> file. A closed set of immutable values.</summary>
internal abstract record AliasToken
{
    private AliasToken() { }

    /// <summary>An address, whole or without a domain.</summary>
    public sealed record Mail(Address Address) : AliasToken;

    /// <summary><c>\name</c>: the mailbox of a user, no further expansion.</summary>
    public sealed record Exact(Address Address) : AliasToken;

    /// <summary><c>|command</c>.</summary>
    public sealed record Command(string Text) : AliasToken;

    /// <summary><c>/file/name</c>, <c>/folder/</c>, <c>~/file</c>.</summary>
    public sealed record File(string Path) : AliasToken;

    /// <summary><c>:include:/file/name</c>.</summary>
    public sealed record Include(string Path) : AliasToken;
}
