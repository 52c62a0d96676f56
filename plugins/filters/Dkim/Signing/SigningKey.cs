using System.Collections.Concurrent;
using System.Formats.Asn1;
using System.Security.Cryptography;
using Org.BouncyCastle.Math.EC.Rfc8032;
using PolicyMTA.Sdk;

namespace PolicyMTA.Filters.Dkim.Signing;

/// <summary>A private key from a PEM file: RSA, or Ed25519 as PKCS #8. Thread-safe.</summary>
internal sealed class SigningKey : IDisposable
{
    private const string Ed25519Id = "1.3.101.112";

    private readonly byte[]? _seed;
    private readonly string _pem = "";
    // An RSA object is for one caller at a time.
    private readonly ConcurrentBag<RSA> _idle = [];

    private SigningKey(byte[] seed) => _seed = seed;

    private SigningKey(RSA rsa, string pem)
    {
        (_pem, Bits) = (pem, rsa.KeySize);
        _idle.Add(rsa);
    }

    internal int Bits { get; } = 256;

    internal DkimAlgorithm Algorithm => _seed is null ? DkimAlgorithm.RsaSha256 : DkimAlgorithm.Ed25519Sha256;

    /// <exception cref="ConfigurationException">It holds no such key.</exception>
    internal static SigningKey Parse(string pem)
    {
        if (ReadSeed(pem) is { } seed) return new SigningKey(seed);
        var rsa = RSA.Create();
        try
        {
            rsa.ImportFromPem(pem);
            return new SigningKey(rsa, pem);
        }
        catch (Exception error) when (error is ArgumentException or CryptographicException)
        {
            rsa.Dispose();
            throw new ConfigurationException("it holds no RSA or Ed25519 key in PEM");
        }
    }

    internal byte[] Sign(byte[] hash)
    {
        if (_seed is not null)
        {
            var signature = new byte[Ed25519.SignatureSize];
            Ed25519.Sign(_seed, 0, hash, 0, hash.Length, signature, 0);
            return signature;
        }
        if (!_idle.TryTake(out var rsa))
        {
            rsa = RSA.Create();
            rsa.ImportFromPem(_pem);
        }
        try
        {
            return rsa.SignHash(hash, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        }
        finally
        {
            _idle.Add(rsa);
        }
    }

    /// <summary>The value of <c>p=</c> for its record.</summary>
    internal string PublicKey()
    {
        if (_seed is not null)
        {
            var key = new byte[Ed25519.PublicKeySize];
            Ed25519.GeneratePublicKey(_seed, 0, key, 0);
            return Convert.ToBase64String(key);
        }
        using var rsa = RSA.Create();
        rsa.ImportFromPem(_pem);
        return Convert.ToBase64String(rsa.ExportSubjectPublicKeyInfo());
    }

    public void Dispose()
    {
        while (_idle.TryTake(out var rsa)) rsa.Dispose();
    }

    // PrivateKeyInfo ::= version, { id-Ed25519 }, OCTET STRING of an OCTET STRING (RFC 8410 §7).
    private static byte[]? ReadSeed(string pem)
    {
        try
        {
            if (!PemEncoding.TryFind(pem, out var fields) || !pem.AsSpan()[fields.Label].SequenceEqual("PRIVATE KEY")) return null;
            var info = new AsnReader(Convert.FromBase64String(pem[fields.Base64Data]), AsnEncodingRules.DER).ReadSequence();
            info.ReadInteger();
            if (info.ReadSequence().ReadObjectIdentifier() != Ed25519Id) return null;
            var seed = new AsnReader(info.ReadOctetString(), AsnEncodingRules.DER).ReadOctetString();
            return seed.Length == Ed25519.SecretKeySize ? seed : null;
        }
        catch (Exception error) when (error is AsnContentException or FormatException)
        {
            return null;
        }
    }
}
