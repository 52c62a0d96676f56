using System.Text.Json.Serialization;
using PolicyMTA.Filters.Dkim.Signing;

namespace PolicyMTA.Filters.Dkim;

/// <summary>The section <c>[plugins."PolicyMTA.Filters.Dkim"]</c>; the names are those of opendkim.conf.</summary>
/// <param name="Mode"><c>s</c> signs, <c>v</c> verifies, <c>sv</c> does both: mail of who logged in, of <c>mynetworks</c> and of this machine is signed, other mail verified.</param>
/// <param name="Canonicalization">How what is signed is written: header and body, <c>relaxed</c> or <c>simple</c>.</param>
/// <param name="SigningTable">A file that says whose mail is signed with which keys: <c>file:</c> or <c>refile:</c> (patterns with *).</param>
/// <param name="KeyTable">A file of those keys: <c>name domain:selector:/path/to/key</c>.</param>
/// <param name="Selector">The selector of the one key, where there are no tables.</param>
/// <param name="KeyFile">The file of the one key.</param>
/// <param name="MultipleSignatures">All lines of the signing table that fit sign, not the first alone.</param>
/// <param name="SignatureTtl">Seconds that a signature counts; 0 for ever.</param>
/// <param name="MinimumKeyBits">RSA keys with fewer bits prove nothing, and don't sign.</param>
/// <param name="MaximumSignatures">Signatures of a message that are looked at.</param>
/// <param name="ClockDrift">Seconds that clocks may differ.</param>
/// <param name="BodyLengths">What a signature with <c>l=</c> is worth when more follows behind the signed part: <c>pass</c>, or <c>policy</c>, which proves nothing.</param>
public sealed record DkimOptions(
    string Mode = "sv", string Canonicalization = "relaxed/simple", string SigningTable = "", string KeyTable = "", string Selector = "default", string KeyFile = "", bool MultipleSignatures = false,
    int SignatureTtl = 0, int MinimumKeyBits = 1024, int MaximumSignatures = 5, int ClockDrift = 300, string BodyLengths = "pass")
{
    private const int LeastBits = 1024;

    /// <summary>Domains whose mail the one key signs; <c>.example.org</c> with all below it.</summary>
    public IReadOnlyList<string> Domain { get; set; } = [];

    /// <summary>Fields that are signed; empty for those that readers see.</summary>
    public IReadOnlyList<string> SignHeaders { get; set; } = [];

    /// <summary>Fields of which none may be added behind the signature.</summary>
    public IReadOnlyList<string> OversignHeaders { get; set; } = ["From"];

    internal bool Signs => Mode.Contains('s', StringComparison.Ordinal) && (SigningTable.Length > 0 || KeyFile.Length > 0);

    internal bool Verifies => Mode.Contains('v', StringComparison.Ordinal);

    internal DkimRules Rules => new()
    {
        SignatureLimit = MaximumSignatures, LeastKeyBits = MinimumKeyBits, ClockDrift = TimeSpan.FromSeconds(ClockDrift), BelievesPartOfBody = BodyLengths == "pass",
    };

    internal SigningStyle Style => new()
    {
        IsHeaderRelaxed = Canonicalization.StartsWith("relaxed", StringComparison.Ordinal), IsBodyRelaxed = Canonicalization.EndsWith("/relaxed", StringComparison.Ordinal),
        Fields = SignHeaders.Count > 0 ? SignHeaders : SigningStyle.Recommended, Oversigned = [.. OversignHeaders.Prepend("From").Distinct(StringComparer.OrdinalIgnoreCase)],
        Lifetime = SignatureTtl > 0 ? TimeSpan.FromSeconds(SignatureTtl) : null,
    };

    internal IEnumerable<string> Mistakes()
    {
        if (Mode is not ("s" or "v" or "sv" or "vs")) yield return $"mode is s, v or sv, not '{Mode}'";
        if (Canonicalization is not ("simple" or "relaxed" or "simple/simple" or "simple/relaxed" or "relaxed/simple" or "relaxed/relaxed")) yield return $"canonicalization is two of relaxed and simple, as relaxed/simple, not '{Canonicalization}'";
        if (SigningTable.Length > 0 != KeyTable.Length > 0) yield return "signing_table and key_table go together";
        if (SigningTable.Length > 0 && KeyFile.Length > 0) yield return "key_file has no use beside signing_table";
        if (KeyFile.Length > 0 && Domain.Count == 0) yield return "domain is missing for key_file";
        if (MinimumKeyBits < LeastBits) yield return $"minimum_key_bits is at least {LeastBits} (RFC 8301)";
        if (MaximumSignatures < 1) yield return "maximum_signatures is at least 1";
        if (SignatureTtl < 0) yield return "signature_ttl is negative";
        if (ClockDrift < 0) yield return "clock_drift is negative";
        if (BodyLengths is not ("pass" or "policy")) yield return $"body_lengths is pass or policy, not '{BodyLengths}'";
    }
}

/// <summary>JSON metadata of the options, made in this assembly so that it can be unloaded.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(DkimOptions))]
internal sealed partial class DkimJson : JsonSerializerContext;
