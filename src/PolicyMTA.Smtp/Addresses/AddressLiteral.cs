using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace PolicyMTA.Smtp;

/// <summary><c>[192.0.2.1]</c> and <c>[IPv6:2001:db8::1]</c> (RFC 5321 §4.1.3).</summary>
internal static class AddressLiteral
{
    private const int MaxOctets = 64;
    private const int Groups = 8;

    private static readonly SearchValues<byte> Ipv6Octets = SearchValues.Create("0123456789abcdefABCDEF:."u8);

    public static bool IsValid(ReadOnlySpan<byte> text)
    {
        if (text.Length is < 3 or > MaxOctets || text[0] != (byte)'[' || text[^1] != (byte)']') return false;
        var content = text[1..^1];
        if (content.Length > 5 && Ascii.EqualsIgnoreCase(content[..5], "IPv6:"u8)) return IsIpv6(content[5..]);
        return IsIpv4(content);
    }

    private static bool IsIpv4(ReadOnlySpan<byte> text)
    {
        var parts = 0;
        foreach (var range in text.Split((byte)'.'))
        {
            // The number's parser would forgive NULs behind the digits.
            var part = text[range];
            if (part.Length > 3 || part.ContainsAnyExceptInRange((byte)'0', (byte)'9')) return false;
            if (!byte.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out _) || ++parts > 4) return false;
        }
        return parts == 4;
    }

    private static bool IsIpv6(ReadOnlySpan<byte> text)
    {
        if (text.ContainsAnyExcept(Ipv6Octets)) return false;
        var groups = Encoding.ASCII.GetString(text);
        if (text.Contains((byte)'.'))
        {
            // An IPv4 address at the end stands for two groups; the RFC lets its numbers begin with zeros, IPAddress does not.
            var tail = text.LastIndexOf((byte)':') + 1;
            if (!IsIpv4(text[tail..])) return false;
            groups = string.Concat(groups.AsSpan(0, tail), "0:0");
        }
        if (!IPAddress.TryParse(groups, out var address) || address.AddressFamily != AddressFamily.InterNetworkV6) return false;
        // The RFC lets :: stand for two groups and more.
        return !groups.Contains("::", StringComparison.Ordinal) || groups.Split(':', StringSplitOptions.RemoveEmptyEntries).Length <= Groups - 2;
    }
}
