using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace PolicyMTA.Filters.Dmarc;

/// <summary>Where reports are to be sent, and how many octets one may have; 0 for any number.</summary>
internal readonly record struct ReportAddress(string Uri, long Limit);

/// <summary>A DMARC policy record (RFC 9989 §4.7, RFC 7489 §6.3). A tag that is unknown or wrong is as good as not there. An immutable value.</summary>
internal sealed record DmarcRecord
{
    private const int LongestRecord = 16 * 1024;

    /// <summary>p=; null when there is none that is valid.</summary>
    internal DmarcPolicy? Policy { get; private init; }

    /// <summary>sp=, for domains below.</summary>
    internal DmarcPolicy? SubdomainPolicy { get; private init; }

    /// <summary>np=, for domains below that do not exist.</summary>
    internal DmarcPolicy? NonexistentPolicy { get; private init; }

    /// <summary>One of p=, sp=, np= is there and wrong, or p= is missing: the record asks for reports at most.</summary>
    internal bool HasWrongPolicy { get; private init; }

    internal bool IsDkimStrict { get; private init; }

    internal bool IsSpfStrict { get; private init; }

    /// <summary>psd=: <c>y</c> for a public suffix, <c>n</c> for an organizational domain, <c>u</c> where it is not said.</summary>
    internal char PublicSuffix { get; private init; } = 'u';

    /// <summary>t=y, or pct=0, which meant the same before: what is asked for is one step milder.</summary>
    internal bool IsTest { get; private init; }

    /// <summary>pct=, of RFC 7489; 100 where there is none.</summary>
    internal int Percent { get; private init; } = 100;

    /// <summary>fo=, of RFC 7489.</summary>
    internal string FailureOptions { get; private init; } = "0";

    internal IReadOnlyList<ReportAddress> AggregateReports { get; private init; } = [];

    internal IReadOnlyList<ReportAddress> FailureReports { get; private init; } = [];

    /// <summary>False for what does not begin with <c>v=DMARC1</c>, in this very spelling.</summary>
    internal static bool TryParse(string text, [NotNullWhen(true)] out DmarcRecord? record)
    {
        record = null;
        if (text.Length > LongestRecord) return false;
        var tags = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var part in text.Split(';'))
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            var (name, value) = equals < 0 ? (part.Trim(), "") : (part[..equals].Trim(), part[(equals + 1)..].Trim());
            if (tags.Count == 0 && (name != "v" || value != "DMARC1")) return false;
            if (name.Length > 0) tags.TryAdd(name, value);
        }
        string? Tag(string name) => tags.GetValueOrDefault(name) is { } value && IsValid(name, value) ? value : null;
        bool IsWrong(string name) => tags.ContainsKey(name) && Tag(name) is null;
        var percent = Tag("pct") is { } pct ? int.Parse(pct, CultureInfo.InvariantCulture) : 100;
        record = new DmarcRecord
        {
            Policy = PolicyOf(Tag("p")), SubdomainPolicy = PolicyOf(Tag("sp")), NonexistentPolicy = PolicyOf(Tag("np")), HasWrongPolicy = Tag("p") is null || IsWrong("sp") || IsWrong("np"),
            IsDkimStrict = Is(Tag("adkim"), "s"), IsSpfStrict = Is(Tag("aspf"), "s"), PublicSuffix = Tag("psd") is { } psd ? char.ToLowerInvariant(psd[0]) : 'u',
            IsTest = Is(Tag("t"), "y") || percent == 0, Percent = percent, FailureOptions = Tag("fo") ?? "0",
            AggregateReports = Addresses(tags.GetValueOrDefault("rua")), FailureReports = Addresses(tags.GetValueOrDefault("ruf")),
        };
        return true;
    }

    /// <summary>Whether a tag may have a value; tags that nobody knows may have any.</summary>
    internal static bool IsValid(string name, string value) => name switch
    {
        "v" => value == "DMARC1",
        "p" or "sp" or "np" => PolicyOf(value) is not null,
        "psd" => Is(value, "y") || Is(value, "n") || Is(value, "u"),
        "t" => Is(value, "y") || Is(value, "n"),
        "adkim" or "aspf" => Is(value, "r") || Is(value, "s"),
        "fo" => value.Split(':').All(option => option.Trim() is { Length: 1 } one && "01dsDS".Contains(one[0], StringComparison.Ordinal)),
        "rua" or "ruf" => Addresses(value).Count > 0,
        "rf" => Is(value, "afrf"),
        "ri" => uint.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out _),
        "pct" => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var percent) && percent <= 100,
        _ => true,
    };

    /// <summary>The policy for a domain: of the record itself, of one below it, or of one below it that does not exist.</summary>
    internal DmarcPolicy PolicyFor(bool isBelow, bool isMissing)
    {
        if (HasWrongPolicy) return DmarcPolicy.None;
        var policy = (isBelow && isMissing ? NonexistentPolicy : null) ?? (isBelow ? SubdomainPolicy : null) ?? Policy!.Value;
        return IsTest && policy != DmarcPolicy.None ? policy - 1 : policy;
    }

    private static bool Is(string? value, string word) => word.Equals(value, StringComparison.OrdinalIgnoreCase);

    private static DmarcPolicy? PolicyOf(string? value) => value?.ToUpperInvariant() switch { "NONE" => DmarcPolicy.None, "QUARANTINE" => DmarcPolicy.Quarantine, "REJECT" => DmarcPolicy.Reject, _ => null };

    private static List<ReportAddress> Addresses(string? value)
    {
        var found = new List<ReportAddress>();
        foreach (var item in (value ?? "").Split(','))
        {
            var (uri, limit) = (item.Trim(), 0L);
            // A comma or an exclamation mark of the address itself is percent-encoded.
            if (uri.LastIndexOf('!') is > 0 and var mark)
            {
                if (!TryReadSize(uri[(mark + 1)..], out limit)) continue;
                uri = uri[..mark].TrimEnd();
            }
            if (IsReportUri(uri)) found.Add(new ReportAddress(uri, limit));
        }
        return found;
    }

    private static bool IsReportUri(string uri) =>
        uri.StartsWith("mailto:", StringComparison.OrdinalIgnoreCase) && uri.IndexOf('@', StringComparison.Ordinal) > "mailto:".Length
        || uri.StartsWith("https://", StringComparison.OrdinalIgnoreCase) || uri.StartsWith("http://", StringComparison.OrdinalIgnoreCase);

    // 10m, 1g: powers of 1024 (RFC 7489 §6.2).
    private static bool TryReadSize(string text, out long size)
    {
        var digits = text.Trim().Replace(" ", "", StringComparison.Ordinal);
        var unit = digits.Length > 0 ? char.ToLowerInvariant(digits[^1]) : ' ';
        var power = "kmgt".IndexOf(unit, StringComparison.Ordinal) + 1;
        if (power > 0) digits = digits[..^1];
        if (!long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out size) || size > long.MaxValue >> (10 * power)) return false;
        size <<= 10 * power;
        return true;
    }
}
