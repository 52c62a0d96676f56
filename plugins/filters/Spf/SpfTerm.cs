using System.Net;

namespace PolicyMTA.Filters.Spf;

/// <summary>One word of a record (RFC 7208 §4.6.1). A closed set of immutable values.</summary>
internal abstract record SpfTerm
{
    private SpfTerm() { }

    /// <summary>A mechanism: what it says when it matches.</summary>
    internal abstract record Mechanism(SpfResult Says, string Text) : SpfTerm;

    /// <summary><c>all</c>.</summary>
    internal sealed record All(SpfResult Says, string Text) : Mechanism(Says, Text);

    /// <summary><c>include</c>.</summary>
    internal sealed record Include(SpfResult Says, string Text, MacroString Domain) : Mechanism(Says, Text);

    /// <summary><c>a</c>; no domain is the current one.</summary>
    internal sealed record Host(SpfResult Says, string Text, MacroString? Domain, PrefixLengths Lengths) : Mechanism(Says, Text);

    /// <summary><c>mx</c>.</summary>
    internal sealed record Exchange(SpfResult Says, string Text, MacroString? Domain, PrefixLengths Lengths) : Mechanism(Says, Text);

    /// <summary><c>ptr</c>.</summary>
    internal sealed record Pointer(SpfResult Says, string Text, MacroString? Domain) : Mechanism(Says, Text);

    /// <summary><c>ip4</c> and <c>ip6</c>.</summary>
    internal sealed record Network(SpfResult Says, string Text, IPNetwork Addresses) : Mechanism(Says, Text);

    /// <summary><c>exists</c>.</summary>
    internal sealed record Exists(SpfResult Says, string Text, MacroString Domain) : Mechanism(Says, Text);

    /// <summary><c>redirect=</c>.</summary>
    internal sealed record Redirect(MacroString Domain) : SpfTerm;

    /// <summary><c>exp=</c>.</summary>
    internal sealed record Explanation(MacroString Domain) : SpfTerm;

    /// <summary>A modifier that nobody knows (§6).</summary>
    internal sealed record Unknown : SpfTerm;
}

/// <summary>How many bits of an address have to agree. An immutable value.</summary>
internal readonly record struct PrefixLengths(int Ipv4, int Ipv6)
{
    internal static PrefixLengths Whole { get; } = new(32, 128);

    internal bool Agree(IPAddress one, IPAddress other)
    {
        var length = one.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork ? Ipv4 : Ipv6;
        Span<byte> left = stackalloc byte[16], right = stackalloc byte[16];
        if (!one.TryWriteBytes(left, out var size) || !other.TryWriteBytes(right, out var otherSize) || size != otherSize) return false;
        var whole = length / 8;
        if (!left[..whole].SequenceEqual(right[..whole])) return false;
        var rest = length % 8;
        return rest == 0 || (left[whole] ^ right[whole]) >> (8 - rest) == 0;
    }
}
