using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace PolicyMTA.Authentication.Passwords;

/// <summary>Keys derived from a password, as challenge mechanisms store them.</summary>
internal static class KeyHashes
{
    private const int MaximumIterations = 10_000_000;

    // {PBKDF2}$1$salt$iterations$hex: HMAC-SHA-1 with the salt's text.
    internal static HashMatch Pbkdf2(string hash, byte[] password)
    {
        if (hash.Split('$') is not ["", "1", var salt, var count, var hex]) return HashMatch.Malformed;
        if (!TryCount(count, out var iterations) || HashText.FromHex(hex) is not { Length: > 0 } key) return HashMatch.Malformed;
        return HashText.Compare(Derive(password, Encoding.UTF8.GetBytes(salt), iterations, HashAlgorithmName.SHA1, key.Length), key);
    }

    internal static HashMatch ScramSha1(string hash, byte[] password) => Scram(hash, password, HashAlgorithmName.SHA1, 20);

    internal static HashMatch ScramSha256(string hash, byte[] password) => Scram(hash, password, HashAlgorithmName.SHA256, 32);

    private static HashMatch Scram(string hash, byte[] password, HashAlgorithmName algorithm, int size)
    {
        if (!ScramKeys.TryParse(hash, out var stored)) return HashMatch.Malformed;
        var prepared = SaslPrep.Prepare(password);
        var match = stored.Compare(ScramKeys.Derive(prepared ?? password, stored.Salt, stored.Iterations, algorithm, size));
        // Who stored the keys may not have prepared the password.
        if (match == HashMatch.Yes || prepared is null || prepared.AsSpan().SequenceEqual(password)) return match;
        return stored.Compare(ScramKeys.Derive(password, stored.Salt, stored.Iterations, algorithm, size));
    }

    // The states of both of HMAC's digests after their first block, outer before inner (Dovecot).
    internal static HashMatch HmacMd5(string hash, string encoding, byte[] password)
    {
        var stored = encoding.ToUpperInvariant() is "B64" or "BASE64" ? HashText.FromBase64(hash) : HashText.FromHex(hash);
        if (stored is not { Length: 32 }) return HashMatch.Malformed;
        var key = new byte[Md5Block.Size];
        (password.Length > Md5Block.Size ? PlainHashes.Md5Digest(password) : password).CopyTo(key, 0);
        var outer = Md5Block.FirstState(key.Select(b => (byte)(b ^ 0x5c)).ToArray());
        var inner = Md5Block.FirstState(key.Select(b => (byte)(b ^ 0x36)).ToArray());
        return HashText.Compare([.. outer, .. inner], stored);
    }

    internal static bool TryCount(string text, out int count) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out count) && count is > 0 and <= MaximumIterations;

    // Weak rounds and SHA-1 are what the stored key was made with.
#pragma warning disable CA5379, CA5387
    internal static byte[] Derive(byte[] password, byte[] salt, int iterations, HashAlgorithmName algorithm, int size) =>
        Rfc2898DeriveBytes.Pbkdf2(password, salt, iterations, algorithm, size);
#pragma warning restore CA5379, CA5387
}
