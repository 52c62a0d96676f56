using System.Security.Cryptography;

namespace PolicyMTA.Authentication.Passwords;

/// <summary>A member of the SCRAM family (RFC 5802, RFC 7677): the hash that its name ends with.</summary>
/// <param name="Mechanism">The mechanism's name, which is that of the password scheme too.</param>
/// <param name="Algorithm">The hash.</param>
/// <param name="Size">Its bytes.</param>
internal sealed record ScramHash(string Mechanism, HashAlgorithmName Algorithm, int Size)
{
    internal static ScramHash Sha1 { get; } = new("SCRAM-SHA-1", HashAlgorithmName.SHA1, 20);
    internal static ScramHash Sha256 { get; } = new("SCRAM-SHA-256", HashAlgorithmName.SHA256, 32);

    internal byte[] Hmac(byte[] key, ReadOnlySpan<byte> text) => CryptographicOperations.HmacData(Algorithm, key, text);
    internal byte[] Digest(ReadOnlySpan<byte> text) => CryptographicOperations.HashData(Algorithm, text);
}
