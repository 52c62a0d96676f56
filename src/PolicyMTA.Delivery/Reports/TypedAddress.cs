using System.Globalization;
using System.Text;
using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Reports;

/// <summary>An address with its type, as the fields of a report have it (RFC 3464 §2.1.2, RFC 6533 §3).</summary>
internal static class TypedAddress
{
    /// <param name="address">The address.</param>
    /// <param name="isInternational">The report may hold UTF-8.</param>
    /// <param name="gap">What stands behind the semicolon.</param>
    public static string Of(Address address, bool isInternational, string gap)
    {
        var text = address.ToString();
        if (isInternational) return $"utf-8;{gap}{LineWrap.Clean(text)}";
        return Ascii.IsValid(text) ? $"rfc822;{gap}{LineWrap.Clean(text)}" : $"utf-8;{gap}{Escape(text)}";
    }

    /// <summary>The same for what ORCPT gave, its type included.</summary>
    public static string Of(string given, bool isInternational) => isInternational || Ascii.IsValid(given) ? LineWrap.Clean(given) : Escape(given);

    // RFC 6533 §3, utf-8-addr-xtext: for readers that know ASCII only.
    private static string Escape(string text)
    {
        var output = new StringBuilder(text.Length + 16);
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.Value is > 32 and < 127 and not ('\\' or '+' or '=')) output.Append((char)rune.Value);
            else output.Append(CultureInfo.InvariantCulture, $"\\x{{{rune.Value:X2}}}");
        }
        return output.ToString();
    }
}
