using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Org.BouncyCastle.Math.EC.Rfc8032;

namespace PolicyMTA.Filters.Dkim;

/// <summary>A signer's public key as DNS has it (RFC 6376 §3.6.1, RFC 8463 §4). An immutable value.</summary>
/// <param name="IsEd25519">False for RSA.</param>
/// <param name="Bytes">The key.</param>
/// <param name="Bits">Its size.</param>
/// <param name="IsStrict"><c>t=s</c>: the identity must be of the very domain.</param>
/// <param name="IsTest"><c>t=y</c>: the signer tries DKIM out.</param>
internal sealed record DkimKey(bool IsEd25519, byte[] Bytes, int Bits, bool IsStrict, bool IsTest)
{
    private const int Ed25519Bits = 256;

    /// <summary>Reads a record for a signature's algorithm; false with why it is of no use.</summary>
    internal static bool TryParse(string record, DkimAlgorithm algorithm, [NotNullWhen(true)] out DkimKey? key, out string problem)
    {
        key = null;
        problem = "its key record is none";
        if (!TagList.TryParse(record, out var tags)) return false;
        // v= is to be the first tag where it is there at all.
        if (tags["v"] is { } version && (version != "DKIM1" || tags.Names.First() != "v")) return false;
        var isEd25519 = algorithm == DkimAlgorithm.Ed25519Sha256;
        if (tags["p"] is null) return false;
        if (tags.Compact("p") is { Length: 0 })
        {
            problem = "the key is revoked";
            return false;
        }
        if ((tags["k"] ?? "rsa") != (isEd25519 ? "ed25519" : "rsa"))
        {
            problem = "the key is of another kind";
            return false;
        }
        if (tags.Words("h") is { } hashes && !hashes.Contains(algorithm == DkimAlgorithm.RsaSha1 ? "sha1" : "sha256"))
        {
            problem = "the key is not for this hash";
            return false;
        }
        if (tags.Words("s") is { } services && !services.Contains("*") && !services.Contains("email"))
        {
            problem = "the key is not for mail";
            return false;
        }
        problem = "the key can't be read";
        if (!DkimSignature.TryBase64(tags.Compact("p")!, out var bytes)) return false;
        var flags = tags.Words("t") ?? [];
        var (isStrict, isTest) = (flags.Contains("s"), flags.Contains("y"));
        if (isEd25519) key = bytes.Length == Ed25519.PublicKeySize ? new DkimKey(true, bytes, Ed25519Bits, isStrict, isTest) : null;
        else if (Import(bytes) is { } rsa)
        {
            using (rsa) key = new DkimKey(false, bytes, rsa.KeySize, isStrict, isTest);
        }
        return key is not null;
    }

    /// <summary>Whether the signature is of this hash.</summary>
    internal bool Verifies(byte[] hash, byte[] signature, HashAlgorithmName algorithm)
    {
        if (IsEd25519) return signature.Length == Ed25519.SignatureSize && Ed25519.Verify(signature, 0, Bytes, 0, hash, 0, hash.Length);
        using var rsa = Import(Bytes);
        return rsa is not null && rsa.VerifyHash(hash, signature, algorithm, RSASignaturePadding.Pkcs1);
    }

    // A SubjectPublicKeyInfo, as everybody publishes; or a bare RSAPublicKey, as the text of the RFC has it.
    private static RSA? Import(byte[] bytes)
    {
        var rsa = RSA.Create();
        try
        {
            rsa.ImportSubjectPublicKeyInfo(bytes, out _);
            return rsa;
        }
        catch (CryptographicException)
        {
            try
            {
                rsa.ImportRSAPublicKey(bytes, out _);
                return rsa;
            }
            catch (CryptographicException)
            {
                rsa.Dispose();
                return null;
            }
        }
    }
}
