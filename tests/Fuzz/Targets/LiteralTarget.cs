using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using PolicyMTA.Smtp;

namespace PolicyMTA.Fuzz.Targets;

/// <summary>Address literals: what is read is exactly what the grammar of RFC 5321 §4.1.3 makes.</summary>
internal sealed partial class LiteralTarget : FuzzTarget
{
    private const int LiteralOctets = 64;

    public override string Name => "literal";

    public override IReadOnlyList<string> Words { get; } =
        ["[", "]", "[192.0.2.1]", "[IPv6:", "IPV6:", "::", ":", "2001:db8", "ffff:", "0:", ".", "255", "256", "001", "1.2.3.4", "%1", "00001", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:"];

    public override void Check(byte[] input)
    {
        var text = Encoding.Latin1.GetString(input);
        Require(AddressLiteral.IsValid(input) == (input.Length <= LiteralOctets && IsLiteral(text)), "an address literal, and RFC 5321 says otherwise");
    }

    private static bool IsLiteral(string text)
    {
        if (text.Length < 2 || text[0] != '[' || text[^1] != ']') return false;
        var content = text[1..^1];
        return content.StartsWith("IPv6:", StringComparison.OrdinalIgnoreCase) ? IsIpv6(content[5..]) : IsIpv4(content);
    }

    private static bool IsIpv4(string text) => Ipv4().Match(text) is { Success: true } match
        && match.Groups.Values.Skip(1).All(part => int.Parse(part.Value, CultureInfo.InvariantCulture) <= 255);

    private static bool IsIpv6(string text)
    {
        if (!text.Contains('.', StringComparison.Ordinal)) return IsGroups(text);
        // An IPv4 address at the end stands for two groups.
        var colon = text.LastIndexOf(':');
        return colon >= 0 && IsIpv4(text[(colon + 1)..]) && IsGroups(text[..(colon + 1)] + "0:0");
    }

    /// <summary>A gap stands for two groups at the least.</summary>
    private static bool IsGroups(string text)
    {
        var gap = text.IndexOf("::", StringComparison.Ordinal);
        if (gap < 0) return CountGroups(text) == 8;
        return CountGroups(text[..gap]) is { } before && CountGroups(text[(gap + 2)..]) is { } after && before + after <= 6;
    }

    /// <summary>Null when one of them is none.</summary>
    private static int? CountGroups(string text)
    {
        if (text.Length == 0) return 0;
        var groups = text.Split(':');
        return groups.All(group => Hex().IsMatch(group)) ? groups.Length : null;
    }

    [GeneratedRegex(@"\A([0-9]{1,3})\.([0-9]{1,3})\.([0-9]{1,3})\.([0-9]{1,3})\z")]
    private static partial Regex Ipv4();

    [GeneratedRegex(@"\A[0-9a-fA-F]{1,4}\z")]
    private static partial Regex Hex();
}
