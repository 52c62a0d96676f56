using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace PolicyMTA.Filters.Dkim;

/// <summary>Which key and hash a signature is made with (RFC 6376 §3.3, RFC 8463 §3).</summary>
internal enum DkimAlgorithm { RsaSha256, Ed25519Sha256, RsaSha1 }

/// <summary>A DKIM-Signature field (RFC 6376 §3.5), or an ARC-Message-Signature, which has the same tags but for the identity. An immutable value.</summary>
internal sealed record DkimSignature(RawField Field, DkimAlgorithm Algorithm, string Domain, string Selector, byte[] Signature, byte[] BodyHash, IReadOnlyList<string> SignedFields)
{
    private const int LongestDomain = 255;

    internal bool IsHeaderRelaxed { get; private init; }

    internal bool IsBodyRelaxed { get; private init; }

    /// <summary>The part of the body that is signed; null for all.</summary>
    internal long? BodyLength { get; private init; }

    /// <summary>Whom the signer speaks for: an address, or a domain behind <c>@</c>.</summary>
    internal string Identity { get; private init; } = "";

    internal long? SignedAt { get; private init; }

    internal long? Expires { get; private init; }

    /// <summary>The tags as they were read.</summary>
    internal required TagList Tags { get; init; }

    internal string IdentityDomain => Identity[(Identity.LastIndexOf('@') + 1)..];

    internal string AlgorithmName => NameOf(Algorithm);

    internal static string NameOf(DkimAlgorithm algorithm) => algorithm switch { DkimAlgorithm.Ed25519Sha256 => "ed25519-sha256", DkimAlgorithm.RsaSha1 => "rsa-sha1", _ => "rsa-sha256" };

    /// <summary>Reads the field; false with what is wrong with it, which makes it a permanent error.</summary>
    internal static bool TryParse(RawField field, [NotNullWhen(true)] out DkimSignature? signature, out string problem, bool isOfMessage = true)
    {
        signature = null;
        problem = "it is no list of tags";
        if (!TagList.TryParse(field.Value, out var tags)) return false;
        if (isOfMessage && tags["v"] != "1")
        {
            problem = "its version is not 1";
            return false;
        }
        if (FindMissing(tags) is { } missing)
        {
            problem = $"it has no {missing}=";
            return false;
        }
        problem = "";
        if (!TryParseAlgorithm(tags.Compact("a")!, out var algorithm)) problem = "its algorithm is not known";
        else if (!TryCanonicalization(tags.Compact("c"), out var isHeaderRelaxed, out var isBodyRelaxed)) problem = "its canonicalization is not known";
        else if (!TryBase64(tags.Compact("b")!, out var bytes) || !TryBase64(tags.Compact("bh")!, out var hash)) problem = "it has bad base64";
        else if (!IsDomain(tags["d"]!) || !IsDomain(tags["s"]!)) problem = "its domain or selector is none";
        else if (tags.Words("h") is not { } fields || fields.Any(name => name.Length == 0) || !fields.Contains("from", StringComparer.OrdinalIgnoreCase) && isOfMessage) problem = "From is not signed";
        else if (!TryNumber(tags["l"], out var length) || !TryNumber(tags["t"], out var at) || !TryNumber(tags["x"], out var expires)) problem = "one of l=, t=, x= is no number";
        else if (expires <= at) problem = "it ends before it begins";
        else if (tags.Words("q") is { } queries && !queries.Contains("dns/txt", StringComparer.OrdinalIgnoreCase)) problem = "its key can't be asked for";
        else
        {
            var domain = tags["d"]!;
            var identity = isOfMessage && tags.Compact("i") is { } given ? given : $"@{domain}";
            signature = new DkimSignature(field, algorithm, domain, tags["s"]!, bytes, hash, fields)
            {
                IsHeaderRelaxed = isHeaderRelaxed, IsBodyRelaxed = isBodyRelaxed, BodyLength = length, Identity = identity, SignedAt = at, Expires = expires, Tags = tags,
            };
            if (identity.Contains('@', StringComparison.Ordinal) && IsWithin(signature.IdentityDomain, domain)) return true;
            signature = null;
            problem = "i= is not of d=";
        }
        return false;
    }

    internal static bool TryParseAlgorithm(string text, out DkimAlgorithm algorithm)
    {
        algorithm = text switch { "ed25519-sha256" => DkimAlgorithm.Ed25519Sha256, "rsa-sha1" => DkimAlgorithm.RsaSha1, _ => DkimAlgorithm.RsaSha256 };
        return text == NameOf(algorithm);
    }

    internal static bool TryBase64(string text, [NotNullWhen(true)] out byte[]? bytes)
    {
        bytes = null;
        var target = new byte[text.Length];
        if (text.Length == 0 || !Convert.TryFromBase64String(text, target, out var length)) return false;
        bytes = target[..length];
        return true;
    }

    /// <summary>True for a domain and what is below it.</summary>
    internal static bool IsWithin(string domain, string parent) =>
        domain.EndsWith(parent, StringComparison.OrdinalIgnoreCase) && (domain.Length == parent.Length || domain[^(parent.Length + 1)] == '.');

    /// <summary>True for what can be asked of DNS.</summary>
    internal static bool IsDomain(string text) => text.Length is > 0 and <= LongestDomain && text.Split('.').All(label => label.Length is > 0 and <= 63) && text.All(c => c > ' ' && c != '@' && c != 0x7f);

    private static string? FindMissing(TagList tags)
    {
        foreach (var name in (ReadOnlySpan<string>)["a", "b", "bh", "d", "h", "s"])
        {
            if (tags[name] is null) return name;
        }
        return null;
    }

    // c=relaxed is relaxed/simple (§3.5).
    private static bool TryCanonicalization(string? text, out bool isHeaderRelaxed, out bool isBodyRelaxed)
    {
        var parts = (text ?? "simple/simple").Split('/');
        (isHeaderRelaxed, isBodyRelaxed) = (parts[0] == "relaxed", parts.Length > 1 && parts[1] == "relaxed");
        return parts.Length <= 2 && parts.All(part => part is "simple" or "relaxed");
    }

    // At most twelve digits are of use; what has more is still a number (§3.5: l=).
    private static bool TryNumber(string? text, out long? value)
    {
        value = null;
        if (text is null) return true;
        if (text.Length is 0 or > 76 || text.Any(c => !char.IsAsciiDigit(c))) return false;
        value = long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : long.MaxValue;
        return true;
    }
}
