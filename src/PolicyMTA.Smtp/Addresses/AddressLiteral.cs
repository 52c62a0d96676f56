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
            if (!byte.TryParse(text[range], NumberStyles.None, CultureInfo.InvariantCulture, out _) || text[range].Length > 3 || ++parts > 4) return false;
        }
        return parts == 4;
    }

    private static bool IsIpv6(ReadOnlySpan<byte> text)
    {
        if (text.ContainsAnyExcept(Ipv6Octets)) return false;
        if (!IPAddress.TryParse(Encoding.ASCII.GetString(text), out var address) || address.AddressFamily != AddressFamily.InterNetworkV6) return false;
        // The RFC lets :: stand for two groups and more.
        var hasGap = text.IndexOf("::"u8) >= 0;
        return !hasGap || GroupCount(text) <= Groups - 2;
    }

    private static int GroupCount(ReadOnlySpan<byte> text)
    {
        var count = text.Contains((byte)'.') ? 1 : 0;
        foreach (var range in text.Split((byte)':'))
        {
            if (text[range].Length > 0) count++;
        }
        return count;
    }
}
