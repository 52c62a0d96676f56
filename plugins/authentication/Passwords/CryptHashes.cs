using System.Globalization;
using System.Text;
using Konscious.Security.Cryptography;

namespace PolicyMTA.Authentication.Passwords;

/// <summary>The hashes of crypt(3), told apart by how they begin.</summary>
internal static class CryptHashes
{
    // A hash in a table must not make the server take all memory: RFC 9106 asks for 2 GiB at most, and few use a tenth.
    private const int MaximumArgonKibibytes = 1024 * 1024;
    private const int MaximumArgonTurns = 1000;

    // Each step doubles the work; this one takes minutes.
    private const int MaximumBlowfishCost = 20;

    internal static HashMatch Any(string hash, byte[] password)
    {
        if (hash.StartsWith("$6$", StringComparison.Ordinal)) return ShaCrypt.Compare(hash, password, ShaCrypt.Sha512);
        if (hash.StartsWith("$5$", StringComparison.Ordinal)) return ShaCrypt.Compare(hash, password, ShaCrypt.Sha256);
        if (hash.StartsWith("$1$", StringComparison.Ordinal)) return Md5Crypt.Compare(hash, "$1$", password);
        if (hash.StartsWith("$apr1$", StringComparison.Ordinal)) return Md5Crypt.Compare(hash, "$apr1$", password);
        if (hash.StartsWith("$2", StringComparison.Ordinal)) return Blowfish(hash, password);
        if (hash.StartsWith("$argon2", StringComparison.Ordinal)) return Argon(hash, password);
        // PostfixAdmin's "md5" writes bare hex digits.
        if (hash.Length == 32 && hash.All(char.IsAsciiHexDigit)) return PlainHashes.Md5(hash, "", password);
        return hash.Length is 13 or 20 || hash.StartsWith('$') ? HashMatch.Unsupported : HashMatch.Malformed;
    }

    // $2y$05$ and 53 characters of salt and digest.
    private static HashMatch Blowfish(string hash, byte[] password)
    {
        if (hash.Length != 60 || hash[3] != '$' || hash[6] != '$') return HashMatch.Malformed;
        if (!int.TryParse(hash.AsSpan(4, 2), NumberStyles.None, CultureInfo.InvariantCulture, out var cost) || cost > MaximumBlowfishCost) return HashMatch.Malformed;
        try
        {
            return BCrypt.Net.BCrypt.Verify(Encoding.UTF8.GetString(password), hash) ? HashMatch.Yes : HashMatch.No;
        }
        catch (Exception e) when (e is BCrypt.Net.SaltParseException or ArgumentException or FormatException or IndexOutOfRangeException)
        {
            return HashMatch.Malformed;
        }
    }

    // $argon2id$v=19$m=65536,t=3,p=1$salt$hash
    private static HashMatch Argon(string hash, byte[] password)
    {
        if (hash.Split('$') is not ["", var kind, "v=19", var costs, var saltText, var digestText]) return HashMatch.Malformed;
        if (costs.Split(',') is not [var m, var t, var p]) return HashMatch.Malformed;
        if (!TryRead(m, "m=", out var memory) || !TryRead(t, "t=", out var turns) || !TryRead(p, "p=", out var lanes)) return HashMatch.Malformed;
        // RFC 9106 §3.1 has the lower bounds.
        if (memory > MaximumArgonKibibytes || turns > MaximumArgonTurns || lanes > byte.MaxValue || memory < 8 * lanes) return HashMatch.Malformed;
        if (HashText.FromBase64(saltText) is not { Length: >= 8 } salt || HashText.FromBase64(digestText) is not { Length: >= 4 } digest) return HashMatch.Malformed;
        using Argon2? argon = kind switch
        {
            "argon2id" => new Argon2id(password),
            "argon2i" => new Argon2i(password),
            _ => null,
        };
        if (argon is null) return HashMatch.Unsupported;
        (argon.Salt, argon.MemorySize, argon.Iterations, argon.DegreeOfParallelism) = (salt, memory, turns, lanes);
        return HashText.Compare(argon.GetBytes(digest.Length), digest);
    }

    private static bool TryRead(string text, string name, out int value)
    {
        value = 0;
        return text.StartsWith(name, StringComparison.Ordinal)
            && int.TryParse(text.AsSpan(name.Length), NumberStyles.None, CultureInfo.InvariantCulture, out value)
            && value > 0;
    }
}
