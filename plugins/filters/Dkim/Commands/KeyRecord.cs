using PolicyMTA.Filters.Dkim.Signing;

namespace PolicyMTA.Filters.Dkim.Commands;

/// <summary>The record of a key (RFC 6376 §3.6.1, RFC 8463 §4).</summary>
internal static class KeyRecord
{
    // RFC 1035 §3.3: a string of a TXT record.
    private const int LongestString = 255;

    internal static string Name(string domain, string selector) => $"{selector}._domainkey.{domain}";

    internal static string Of(SigningKey key) => $"v=DKIM1; k={(key.Algorithm == DkimAlgorithm.Ed25519Sha256 ? "ed25519" : "rsa")}; p={key.PublicKey()}";

    /// <summary>The record as a zone file has it.</summary>
    internal static string ZoneLine(string domain, string selector, string record) =>
        $"{Name(domain, selector)}. IN TXT ( {string.Join(' ', record.Chunk(LongestString).Select(part => $"\"{new string(part)}\""))} )";
}
