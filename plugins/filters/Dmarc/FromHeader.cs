using System.Text;
using PolicyMTA.Sdk;

namespace PolicyMTA.Filters.Dmarc;

/// <summary>
/// Whom a message says it is from. An immutable value. <see cref="IsSound"/> is true only for one field, well formed, whose addresses all have one domain; otherwise
/// <see cref="Domains"/> are all that any reader might take for the author's, so that none of them is left unchecked.
/// </summary>
internal sealed record FromHeader(bool IsSound, IReadOnlyList<string> Domains, string Problem = "")
{
    /// <summary>More authors than this are not looked up.</summary>
    internal const int MostDomains = 16;

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>True for one field, well formed, whose addresses have several domains: no author is hidden, and DMARC has nothing to say of it.</summary>
    public bool IsList { get; private init; }

    /// <summary>True when it names more authors than are looked up.</summary>
    internal bool HasTooMany => Domains.Count > MostDomains;

    /// <summary>Reads the From fields of a header section. White space before the colon does not hide one.</summary>
    internal static FromHeader Of(IEnumerable<HeaderField> fields)
    {
        var values = fields.Where(field => field.Name.Trim().Equals("From", StringComparison.OrdinalIgnoreCase)).Select(field => Decoded(field.Value)).ToList();
        return values switch
        {
            [] => new FromHeader(false, [], "there is no From field"),
            [var only] => Parse(only),
            _ => new FromHeader(false, [.. values.SelectMany(value => Parse(value).Domains).Distinct().Take(MostDomains + 1)], "there are several From fields"),
        };
    }

    /// <summary>Reads the value of a field.</summary>
    internal static FromHeader Parse(string value)
    {
        var isWellFormed = FromParser.TryParse(value, out var names);
        if (isWellFormed && Sound(names) is { } sound) return sound;
        var domains = FromScanner.Find(value).Take(MostDomains + 1).ToList();
        return new FromHeader(false, domains, domains.Count switch { 0 => "the From field names no domain", 1 => "the From field is malformed", _ => "the From field names several domains" })
        {
            IsList = isWellFormed && names.TrueForAll(name => DomainName.TryNormalize(name, out var domain) && domains.Contains(domain)),
        };
    }

    // A field's value is its octets; UTF-8 in it (RFC 6532) is read as such.
    private static string Decoded(string value)
    {
        if (Ascii.IsValid(value) || value.AsSpan().ContainsAnyExceptInRange('\0', '\xff')) return value;
        try
        {
            return Utf8.GetString(Encoding.Latin1.GetBytes(value));
        }
        catch (DecoderFallbackException)
        {
            return value;
        }
    }

    private static FromHeader? Sound(List<string> names)
    {
        string? domain = null;
        foreach (var name in names)
        {
            if (!DomainName.TryNormalize(name, out var next) || domain is not null && domain != next) return null;
            domain = next;
        }
        return domain is null ? null : new FromHeader(true, [domain]);
    }
}
