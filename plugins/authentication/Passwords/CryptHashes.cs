using System.Globalization;
using System.Text;

namespace PolicyMTA.Authentication.Passwords;

/// <summary>The hashes of crypt(3), told apart by how they begin.</summary>
internal static class CryptHashes
{
    // Each step doubles the work; this one takes a minute.
    internal const int MostBlowfishCost = 20;

    /// <summary>As Dovecot's <c>SHA512-CRYPT.B64</c> has it, which PostfixAdmin's <c>sha512.b64</c> writes: the hash may be encoded once more.</summary>
    internal static HashMatch Encoded(string hash, string encoding, byte[] password)
    {
        if (encoding.Length == 0) return Any(hash, password);
        return HashText.Decode(hash, encoding, 0) is { } bytes && Ascii.IsValid(bytes) ? Any(Encoding.ASCII.GetString(bytes), password) : HashMatch.Malformed;
    }

    internal static HashMatch Any(string hash, byte[] password)
    {
        if (hash.StartsWith("$6$", StringComparison.Ordinal)) return ShaCrypt.Compare(hash, password, ShaCrypt.Sha512);
        if (hash.StartsWith("$5$", StringComparison.Ordinal)) return ShaCrypt.Compare(hash, password, ShaCrypt.Sha256);
        if (hash.StartsWith("$1$", StringComparison.Ordinal)) return Md5Crypt.Compare(hash, "$1$", password);
        if (hash.StartsWith("$apr1$", StringComparison.Ordinal)) return Md5Crypt.Compare(hash, "$apr1$", password);
        if (hash.StartsWith("$2", StringComparison.Ordinal)) return Blowfish(hash, password);
        if (hash.StartsWith("$argon2", StringComparison.Ordinal)) return ArgonHash.TryParse(hash, out var argon) ? argon.Compare(password) : HashMatch.Malformed;
        // PostfixAdmin's "md5" writes bare hex digits.
        if (hash.Length == 32 && hash.All(char.IsAsciiHexDigit)) return PlainHashes.Md5(hash, "", password);
        return MachineCrypt.Compare(hash, password);
    }

    /// <summary>MD5-CRYPT for Dovecot; Courier's <c>{MD5}</c> is the digest itself in base64.</summary>
    internal static HashMatch Md5(string hash, string encoding, byte[] password) =>
        encoding.Length == 0 && hash.Length == 24 && hash.EndsWith("==", StringComparison.Ordinal) ? PlainHashes.LdapMd5(hash, "B64", password) : Encoded(hash, encoding, password);

    // $2y$05$ and 53 characters of salt and digest.
    private static HashMatch Blowfish(string hash, byte[] password)
    {
        if (hash.Length != 60 || hash[3] != '$' || hash[6] != '$' || !IsAffordable(hash.AsSpan(4, 2))) return HashMatch.Malformed;
        try
        {
            return BCrypt.Net.BCrypt.Verify(Encoding.UTF8.GetString(password), hash) ? HashMatch.Yes : HashMatch.No;
        }
        catch (Exception e) when (e is BCrypt.Net.SaltParseException or ArgumentException or FormatException or IndexOutOfRangeException)
        {
            return HashMatch.Malformed;
        }
    }

    internal static bool IsAffordable(ReadOnlySpan<char> cost) => int.TryParse(cost, NumberStyles.None, CultureInfo.InvariantCulture, out var turns) && turns <= MostBlowfishCost;
}
