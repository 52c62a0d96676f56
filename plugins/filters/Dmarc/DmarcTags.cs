using System.Globalization;

namespace PolicyMTA.Filters.Dmarc;

/// <summary>The tags of a record, and which values they may have (RFC 9989 §4.7; <c>pct</c>, <c>rf</c> and <c>ri</c> are of RFC 7489 §6.3).</summary>
internal static class DmarcTags
{
    /// <summary>The only version there is; its case counts.</summary>
    internal const string Version = "DMARC1";

    /// <summary>Splits a record into tags; names in lower case. Null when a tag stands twice: then none of them can be believed (RFC 6376 §3.2).</summary>
    internal static IReadOnlyDictionary<string, string>? Split(string text)
    {
        var tags = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var part in text.Split(';'))
        {
            var sign = part.IndexOf('=', StringComparison.Ordinal);
            // What is no tag is passed over (RFC 9989 §4.8).
            if (sign < 0) continue;
            if (!tags.TryAdd(part[..sign].Trim().ToLowerInvariant(), part[(sign + 1)..].Trim())) return null;
        }
        return tags;
    }

    /// <summary>Whether a tag may have that value; of a tag that nobody knows, any.</summary>
    internal static bool IsLegal(string tag, string value) => tag switch
    {
        "v" => value == Version,
        "p" or "sp" or "np" => DmarcPolicies.Parse(value) is not null,
        "psd" => IsOneOf(value, "ynu"),
        "t" => IsOneOf(value, "yn"),
        "adkim" or "aspf" => IsOneOf(value, "rs"),
        "fo" => value.Split(':').All(option => IsOneOf(option.Trim(), "01ds")),
        "rua" or "ruf" => value.Split(',').All(uri => ReportAddress.Parse(uri.Trim()) is not null),
        "rf" => value.Split(':').All(format => format.Trim().Equals("afrf", StringComparison.OrdinalIgnoreCase)),
        "ri" => uint.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out _),
        "pct" => byte.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var percent) && percent <= 100,
        _ => true,
    };

    private static bool IsOneOf(string value, string letters) => value.Length == 1 && letters.Contains(char.ToLowerInvariant(value[0]), StringComparison.Ordinal);
}
