using System.Security.Cryptography;
using System.Text;

namespace PolicyMTA.Delivery.Client.Logins;

/// <summary>CRAM-MD5 (RFC 2195).</summary>
internal sealed class CramMd5Exchange(Login login) : SaslExchange
{
    private bool _hasAnswered;

    public override byte[]? Answer(ReadOnlySpan<byte> challenge)
    {
        if (_hasAnswered || challenge.IsEmpty) return null;
        _hasAnswered = true;
#pragma warning disable CA5351 // the mechanism is made of it; smtp_sasl_mechanism_filter keeps it away
        var digest = HMACMD5.HashData(Encoding.UTF8.GetBytes(login.Password), challenge);
#pragma warning restore CA5351
        return Encoding.UTF8.GetBytes($"{login.User} {Convert.ToHexStringLower(digest)}");
    }
}
