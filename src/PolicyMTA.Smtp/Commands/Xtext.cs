using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Unicode;

namespace PolicyMTA.Smtp;

/// <summary>The encoding of parameter values (RFC 3461 §4), and its cousin for Unicode addresses (RFC 6533 §3).</summary>
internal static class Xtext
{
    /// <summary>False for nothing at all, a broken escape, and whatever decodes to control characters or no UTF-8.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> text, out string decoded)
    {
        decoded = "";
        if (text.IsEmpty) return false;
        var octets = new byte[text.Length];
        var length = 0;
        for (var i = 0; i < text.Length; i++)
        {
            var octet = text[i];
            if (octet == (byte)'+')
            {
                if (i + 2 >= text.Length || Convert.FromHexString(text.Slice(i + 1, 2), octets.AsSpan(length), out _, out _) != OperationStatus.Done) return false;
                length++;
                i += 2;
                continue;
            }
            if (octet is <= (byte)' ' or 127) return false;
            octets[length++] = octet;
        }
        var result = octets.AsSpan(0, length);
        if (!Utf8.IsValid(result)) return false;
        decoded = Encoding.UTF8.GetString(result);
        return !decoded.Any(char.IsControl);
    }

    public static string Encode(string text)
    {
        var encoded = new StringBuilder(text.Length);
        foreach (var octet in Encoding.UTF8.GetBytes(text))
        {
            if (octet is > (byte)' ' and < 127 and not ((byte)'+' or (byte)'=')) encoded.Append((char)octet);
            else encoded.Append(CultureInfo.InvariantCulture, $"+{octet:X2}");
        }
        return encoded.ToString();
    }

    /// <summary>Resolves <c>\x{10FFFF}</c>.</summary>
    public static bool TryDecodeUnicode(string text, out string decoded)
    {
        decoded = text;
        if (!text.Contains('\\', StringComparison.Ordinal)) return true;
        var result = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\')
            {
                result.Append(text[i]);
                continue;
            }
            if (!TryEscape(text.AsSpan(i), out var rune, out var length)) return false;
            result.Append(rune.ToString());
            i += length - 1;
        }
        decoded = result.ToString();
        return true;
    }

    /// <summary>An address for type utf-8 in a transaction that must stay ASCII.</summary>
    public static string EncodeUnicode(string text)
    {
        var encoded = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.Value is > ' ' and < 127 and not ('+' or '=' or '\\')) encoded.Append((char)rune.Value);
            else encoded.Append(CultureInfo.InvariantCulture, $"\\x{{{rune.Value:X2}}}");
        }
        return encoded.ToString();
    }

    private static bool TryEscape(ReadOnlySpan<char> text, out Rune rune, out int length)
    {
        rune = default;
        length = text.IndexOf('}') + 1;
        return length is > 4 and <= 10
            && text.StartsWith("\\x{", StringComparison.Ordinal)
            && int.TryParse(text[3..(length - 1)], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)
            && Rune.TryCreate(value, out rune)
            && !Rune.IsControl(rune);
    }
}
