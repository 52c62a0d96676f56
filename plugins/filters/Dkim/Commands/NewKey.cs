using System.Formats.Asn1;
using System.Security.Cryptography;

namespace PolicyMTA.Filters.Dkim.Commands;

/// <summary>New private keys as PKCS #8 in PEM.</summary>
internal static class NewKey
{
    private const string Ed25519Id = "1.3.101.112";
    private const int SeedLength = 32;

    internal static string Rsa(int bits)
    {
        using var rsa = RSA.Create(bits);
        return rsa.ExportPkcs8PrivateKeyPem();
    }

    /// <summary>RFC 8410 §7.</summary>
    internal static string Ed25519()
    {
        var inner = new AsnWriter(AsnEncodingRules.DER);
        inner.WriteOctetString(RandomNumberGenerator.GetBytes(SeedLength));
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteInteger(0);
            using (writer.PushSequence()) writer.WriteObjectIdentifier(Ed25519Id);
            writer.WriteOctetString(inner.Encode());
        }
        return PemEncoding.WriteString("PRIVATE KEY", writer.Encode());
    }
}
