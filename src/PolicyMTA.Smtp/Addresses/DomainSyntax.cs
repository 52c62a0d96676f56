using System.Globalization;
using System.Text;

namespace PolicyMTA.Smtp;

/// <summary>Domains of addresses: names, internationalized names, address literals.</summary>
internal static class DomainSyntax
{
    // 255 octets in DNS wire format are 253 characters.
    private const int MaxOctets = 253;
    private const int MaxLabelOctets = 63;

    private static readonly IdnMapping Idn = new() { AllowUnassigned = true };

    /// <summary>The domain as given, without a dot at its end.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, AddressRules rules, out string domain)
    {
        domain = "";
        if (text.Length > 1 && text[^1] == (byte)'.' && !rules.HasExactDomain) text = text[..^1];
        if (text.IsEmpty) return false;
        var isValid = text[0] == (byte)'[' ? AddressLiteral.IsValid(text)
            : Ascii.IsValid(text) ? IsHostname(text, allowsUnderscore: !rules.HasExactDomain)
            : rules.AllowsUtf8Domain && IsInternationalized(text, !rules.HasExactDomain);
        if (isValid) domain = Encoding.UTF8.GetString(text);
        return isValid;
    }

    /// <summary>A name as Postfix takes it: letters, digits, hyphens inside a label, underscores where allowed.</summary>
    public static bool IsHostname(ReadOnlySpan<byte> text, bool allowsUnderscore = true)
    {
        if (text.Length is 0 or > MaxOctets) return false;
        foreach (var range in text.Split((byte)'.'))
        {
            var label = text[range];
            if (label.Length is 0 or > MaxLabelOctets || label[0] == (byte)'-' || label[^1] == (byte)'-') return false;
            foreach (var octet in label)
            {
                if (!char.IsAsciiLetterOrDigit((char)octet) && octet != (byte)'-' && !(allowsUnderscore && octet == (byte)'_')) return false;
            }
        }
        return true;
    }

    private static bool IsInternationalized(ReadOnlySpan<byte> text, bool allowsUnderscore)
    {
        if (text.Length > MaxOctets * 2) return false;
        var name = Encoding.UTF8.GetString(text);
        if (!name.EnumerateRunes().All(MayStandInLabel)) return false;
        try
        {
            var ascii = Idn.GetAscii(name);
            return IsHostname(Encoding.ASCII.GetBytes(ascii), allowsUnderscore);
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    /// <summary>
    /// The mapping alone lets control characters pass, and takes other full stops for dots, which RFC 6531 §3.3 does not: the name would be another than the one
    /// tables are asked for. Joiners are legal (RFC 5892 A.1); symbols are not, but are registered.
    /// </summary>
    private static bool MayStandInLabel(Rune rune) => rune.Value switch
    {
        < 0x80 or 0x200C or 0x200D => true,
        0x3002 or 0xFF0E or 0xFF61 => false,
        _ => Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.PrivateUse
            or UnicodeCategory.SpaceSeparator or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator),
    };
}
