using System.Net;
using System.Net.Sockets;

namespace PolicyMTA.Sdk;

/// <summary>The syntax of host names and address literals, as Postfix takes it: RFC 1123 §2.1 with underscores.</summary>
public static class HostName
{
    /// <summary>RFC 1035 §2.3.4.</summary>
    private const int MaximumLength = 255;
    /// <summary>RFC 1035 §2.3.4.</summary>
    private const int MaximumLabel = 63;

    /// <summary>Whether the text is a host name: no address, no empty label, no closing dot.</summary>
    public static bool IsValid(ReadOnlySpan<char> name)
    {
        if (name.Length is 0 or > MaximumLength) return false;
        var isNumeric = true;
        var label = 0;
        for (var i = 0; i < name.Length; i++)
        {
            var c = name[i];
            if (c == '.')
            {
                if (label == 0 || i + 1 == name.Length) return false;
                label = 0;
                continue;
            }
            if (++label > MaximumLabel) return false;
            if (c == '-' && (label == 1 || i + 1 == name.Length || name[i + 1] == '.')) return false;
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_')) return false;
            if (!char.IsAsciiDigit(c)) isNumeric = false;
        }
        return !isNumeric;
    }

    /// <summary>Whether the text is a host name of at least two labels.</summary>
    public static bool IsQualified(ReadOnlySpan<char> name) => IsValid(name) && name.Contains('.');

    /// <summary>Whether the text is an IP address as such, without brackets: dotted quad or RFC 4291 §2.2.</summary>
    public static bool IsAddress(ReadOnlySpan<char> text) => IsIpv4(text) || IsIpv6(text);

    /// <summary>Whether the text is an address literal (RFC 5321 §4.1.3): an address in brackets, IPv6 with its tag.</summary>
    public static bool IsLiteral(ReadOnlySpan<char> text)
    {
        if (text is not ['[', .. var inner, ']']) return false;
        return inner.StartsWith("IPv6:", StringComparison.OrdinalIgnoreCase) ? IsIpv6(inner["IPv6:".Length..]) : IsIpv4(inner);
    }

    /// <summary>The name without its closing dot; one that ends in two dots keeps them, since it is none.</summary>
    public static ReadOnlySpan<char> WithoutRoot(ReadOnlySpan<char> name) => name is [.. var rest, '.'] && rest is [.., not '.'] ? rest : name;

    // The parser of the framework also takes octal, hexadecimal and shortened forms.
    private static bool IsIpv4(ReadOnlySpan<char> text)
    {
        // "This network" (RFC 1122 §3.2.1.3) is no address, but for the one of all zeros.
        if (text.StartsWith("0.") && !text.SequenceEqual("0.0.0.0")) return false;
        var octets = 0;
        foreach (var range in text.Split('.'))
        {
            var octet = text[range];
            if (octet.Length is 0 or > 3 || octet is ['0', _, ..] || octet.ContainsAnyExceptInRange('0', '9') || int.Parse(octet, System.Globalization.CultureInfo.InvariantCulture) > 255) return false;
            octets++;
        }
        return octets == 4;
    }

    private static bool IsIpv6(ReadOnlySpan<char> text) =>
        text.Contains(':') && !text.ContainsAny('[', ']', '%') && IPAddress.TryParse(text, out var address) && address.AddressFamily == AddressFamily.InterNetworkV6;
}
