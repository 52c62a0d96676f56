using System.Security.Cryptography;
using System.Text;

namespace PolicyMTA.Authentication.Passwords;

/// <summary>How hashes are written down, and compared without telling where they differ.</summary>
internal static class HashText
{
    private const string CryptAlphabet = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    internal static HashMatch Compare(ReadOnlySpan<byte> actual, ReadOnlySpan<byte> expected) =>
        CryptographicOperations.FixedTimeEquals(actual, expected) ? HashMatch.Yes : HashMatch.No;

    internal static HashMatch Compare(string actual, string expected) => Compare(Encoding.UTF8.GetBytes(actual), Encoding.UTF8.GetBytes(expected));

    internal static byte[]? FromHex(string text)
    {
        try
        {
            return Convert.FromHexString(text);
        }
        catch (FormatException)
        {
            return null;
        }
    }

    /// <summary>Base64 with or without its padding.</summary>
    internal static byte[]? FromBase64(string text)
    {
        var bare = text.TrimEnd('=');
        var bytes = new byte[bare.Length];
        var padded = bare.PadRight((bare.Length + 3) / 4 * 4, '=');
        return Convert.TryFromBase64String(padded, bytes, out var length) ? bytes[..length] : null;
    }

    /// <summary>A digest of so many bytes, 0 for any, as the encoding's name says; null for what it is not.</summary>
    internal static byte[]? Decode(string hash, string encoding, int size) => encoding.ToUpperInvariant() switch
    {
        "HEX" => FromHex(hash),
        "B64" or "BASE64" => FromBase64(hash),
        // Without a word the length tells hex from base64, as in Dovecot.
        "" => size > 0 && hash.Length == size * 2 ? FromHex(hash) : FromBase64(hash),
        _ => null,
    };

    /// <summary>Appends 24 bits in crypt(3)'s base64, the lowest bits first.</summary>
    internal static void AppendCrypt(this StringBuilder text, int high, int middle, int low, int characters = 4)
    {
        var bits = high << 16 | middle << 8 | low;
        for (; characters > 0; characters--, bits >>= 6) text.Append(CryptAlphabet[bits & 0x3f]);
    }
}
