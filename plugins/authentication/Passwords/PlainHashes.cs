using System.Security.Cryptography;
using System.Text;

namespace PolicyMTA.Authentication.Passwords;

/// <summary>The password itself, and one round of a hash over it, with or without a salt behind.</summary>
internal static class PlainHashes
{
    private delegate byte[] Digest(byte[] source);

    internal static HashMatch Plain(string hash, string encoding, byte[] password)
    {
        var stored = encoding.Length == 0 ? Encoding.UTF8.GetBytes(hash) : HashText.Decode(hash, encoding, 0);
        // Compared by digest: the time must not tell the stored one's length.
        return stored is null ? HashMatch.Malformed : HashText.Compare(SHA256.HashData(password), SHA256.HashData(stored));
    }

    internal static HashMatch Md5(string hash, string encoding, byte[] password) => Bare(hash, encoding.Length == 0 ? "hex" : encoding, password, Md5Digest, 16);
    internal static HashMatch LdapMd5(string hash, string encoding, byte[] password) => Bare(hash, encoding, password, Md5Digest, 16);
    internal static HashMatch Sha1(string hash, string encoding, byte[] password) => Bare(hash, encoding, password, Sha1Digest, 20);
    internal static HashMatch Sha256(string hash, string encoding, byte[] password) => Bare(hash, encoding, password, SHA256.HashData, 32);
    internal static HashMatch Sha512(string hash, string encoding, byte[] password) => Bare(hash, encoding, password, SHA512.HashData, 64);
    internal static HashMatch SaltedMd5(string hash, string encoding, byte[] password) => Salted(hash, encoding, password, Md5Digest, 16);
    internal static HashMatch SaltedSha1(string hash, string encoding, byte[] password) => Salted(hash, encoding, password, Sha1Digest, 20);
    internal static HashMatch SaltedSha256(string hash, string encoding, byte[] password) => Salted(hash, encoding, password, SHA256.HashData, 32);
    internal static HashMatch SaltedSha512(string hash, string encoding, byte[] password) => Salted(hash, encoding, password, SHA512.HashData, 64);

    private static HashMatch Bare(string hash, string encoding, byte[] password, Digest digest, int size) =>
        HashText.Decode(hash, encoding, size) is { } stored && stored.Length == size ? HashText.Compare(digest(password), stored) : HashMatch.Malformed;

    private static HashMatch Salted(string hash, string encoding, byte[] password, Digest digest, int size)
    {
        if (HashText.Decode(hash, encoding, 0) is not { } stored || stored.Length <= size) return HashMatch.Malformed;
        return HashText.Compare(digest([.. password, .. stored.AsSpan(size)]), stored.AsSpan(0, size));
    }

    // Weak digests, but what old accounts have.
#pragma warning disable CA5350, CA5351
    internal static byte[] Md5Digest(byte[] source) => MD5.HashData(source);
    private static byte[] Sha1Digest(byte[] source) => SHA1.HashData(source);
#pragma warning restore CA5350, CA5351
}
