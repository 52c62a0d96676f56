using System.Globalization;
using System.Text;

namespace PolicyMTA.Authentication.Passwords;

/// <summary>
/// SASLprep (RFC 4013), so that the same name and password are the same bytes wherever they were typed: odd spaces become spaces, invisible characters go, and what has
/// no place in a name is refused. Compatibility forms are folded by clients; here the runtime has no tables for it.
/// </summary>
internal static class SaslPrep
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The prepared bytes; null for what is no UTF-8 or has a character that is forbidden.</summary>
    internal static byte[]? Prepare(ReadOnlySpan<byte> bytes)
    {
        if (Ascii.IsValid(bytes)) return bytes.ContainsAnyInRange((byte)0, (byte)0x1f) || bytes.Contains((byte)0x7f) ? null : bytes.ToArray();
        try
        {
            return Prepare(Strict.GetString(bytes)) is { } text ? Encoding.UTF8.GetBytes(text) : null;
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    private static string? Prepare(string text)
    {
        var prepared = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            if (IsNothing(rune.Value)) continue;
            if (IsForbidden(rune)) return null;
            prepared.Append(IsSpace(rune.Value) ? " " : rune.ToString());
        }
        var result = prepared.ToString();
        return result.IsNormalized(NormalizationForm.FormKC) ? result : result.Normalize(NormalizationForm.FormKC);
    }

    // RFC 3454 B.1.
    private static bool IsNothing(int c) => c is 0xAD or 0x34F or 0x1806 or (>= 0x180B and <= 0x180D) or (>= 0x200B and <= 0x200D) or 0x2060 or (>= 0xFE00 and <= 0xFE0F) or 0xFEFF;

    // RFC 3454 C.1.2, but for the zero width space, which is nothing.
    private static bool IsSpace(int c) => c is 0xA0 or 0x1680 or (>= 0x2000 and <= 0x200A) or 0x202F or 0x205F or 0x3000;

    // RFC 3454 C.2 to C.9: controls, private use, non-characters, surrogates, what changes the display, tags.
    private static bool IsForbidden(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.Control or UnicodeCategory.PrivateUse or UnicodeCategory.Surrogate or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator => true,
        UnicodeCategory.OtherNotAssigned => (rune.Value & 0xFFFE) == 0xFFFE || rune.Value is >= 0xFDD0 and <= 0xFDEF,
        _ => rune.Value is 0x340 or 0x341 or 0x6DD or 0x70F or 0x180E or 0x200E or 0x200F or (>= 0x202A and <= 0x202E) or (>= 0x2061 and <= 0x206F)
            or (>= 0x2FF0 and <= 0x2FFB) or (>= 0xFFF9 and <= 0xFFFD) or (>= 0x1D173 and <= 0x1D17A) or (>= 0xE0001 and <= 0xE007F),
    };
}
