using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace PolicyMTA.Authentication.Passwords;

/// <summary>Keys derived from a password, as challenge mechanisms store them.</summary>
internal static class KeyHashes
{
    internal const int MaximumIterations = 10_000_000;

    // {PBKDF2}$1$salt$iterations$hex: HMAC-SHA-1 with the salt's text.
    internal static HashMatch Pbkdf2(string hash, byte[] password)
    {
        if (hash.Split('$') is not ["", "1", var salt, var count, var hex]) return HashMatch.Malformed;
        if (!TryCount(count, out var iterations) || HashText.FromHex(hex) is not { Length: > 0 } key) return HashMatch.Malformed;
        return HashText.Compare(Derive(password, Encoding.UTF8.GetBytes(salt), iterations, HashAlgorithmName.SHA1, key.Length), key);
    }

    internal static HashMatch ScramSha1(string hash, byte[] password) => Scram(hash, password, ScramHash.Sha1);

    internal static HashMatch ScramSha256(string hash, byte[] password) => Scram(hash, password, ScramHash.Sha256);

    private static HashMatch Scram(string hash, byte[] password, ScramHash family)
    {
        if (!ScramKeys.TryParse(hash, out var stored)) return HashMatch.Malformed;
        var prepared = SaslPrep.Prepare(password);
        var match = stored.Compare(ScramKeys.Derive(prepared ?? password, stored.Salt, stored.Iterations, family));
        // Who stored the keys may not have prepared the password.
        if (match == HashMatch.Yes || prepared is null || prepared.AsSpan().SequenceEqual(password)) return match;
        return stored.Compare(ScramKeys.Derive(password, stored.Salt, stored.Iterations, family));
    }

    internal static HashMatch HmacMd5(string hash, string encoding, byte[] password) =>
        CramMd5Key.TryParse(hash, encoding, out var key) ? key.Compare(CramMd5Key.Of(password)) : HashMatch.Malformed;

    // RFC 2831 §2.1.2.1: user, realm and password; the realm is what stands behind the @.
    internal static HashMatch DigestMd5(string hash, string encoding, byte[] password, string user)
    {
        var at = user.LastIndexOf('@');
        var name = Encoding.UTF8.GetBytes(at < 0 ? $"{user}::" : $"{user[..at]}:{user[(at + 1)..]}:");
        return PlainHashes.Md5(hash, encoding, [.. name, .. password]);
    }

    internal static bool TryCount(string text, out int count) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out count) && count is > 0 and <= MaximumIterations;

    // Weak rounds and SHA-1 are what the stored key was made with.
#pragma warning disable CA5379, CA5387
    internal static byte[] Derive(byte[] password, byte[] salt, int iterations, HashAlgorithmName algorithm, int size) =>
        Rfc2898DeriveBytes.Pbkdf2(password, salt, iterations, algorithm, size);
#pragma warning restore CA5379, CA5387
}
