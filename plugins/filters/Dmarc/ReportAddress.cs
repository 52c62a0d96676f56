using System.Globalization;

namespace PolicyMTA.Filters.Dmarc;

/// <summary>Where reports go: an address of <c>rua</c> or <c>ruf</c> with the size its owner takes. An immutable value.</summary>
/// <param name="Address">The mail address of a <c>mailto:</c>, decoded; any other URI as it is.</param>
/// <param name="IsMail">True for <c>mailto:</c>.</param>
/// <param name="Limit">The largest report in octets; 0 without a limit.</param>
internal sealed record ReportAddress(string Address, bool IsMail, long Limit)
{
    private const string Mail = "mailto:";

    /// <summary>Reads one URI; null when it is none that reports can go to. Older records limit the size behind an exclamation mark (RFC 7489 §6.2).</summary>
    internal static ReportAddress? Parse(string text)
    {
        var mark = text.LastIndexOf('!');
        var limit = 0L;
        if (mark >= 0 && !TryLimit(text[(mark + 1)..].Replace(" ", "", StringComparison.Ordinal), out limit)) return null;
        var uri = (mark < 0 ? text : text[..mark]).Trim();
        if (uri.AsSpan().ContainsAnyExceptInRange('!', '~')) return null;
        if (uri.StartsWith(Mail, StringComparison.OrdinalIgnoreCase))
        {
            var query = uri.IndexOf('?', StringComparison.Ordinal);
            var address = Uri.UnescapeDataString(query < 0 ? uri[Mail.Length..] : uri[Mail.Length..query]);
            var at = address.LastIndexOf('@');
            return at > 0 && at < address.Length - 1 && !address.Any(char.IsControl) ? new ReportAddress(address, IsMail: true, limit) : null;
        }
        var isWeb = uri.StartsWith("https://", StringComparison.OrdinalIgnoreCase) || uri.StartsWith("http://", StringComparison.OrdinalIgnoreCase);
        return isWeb && Uri.IsWellFormedUriString(uri, UriKind.Absolute) ? new ReportAddress(uri, IsMail: false, limit) : null;
    }

    /// <summary>Reads a list; what is no address is left out.</summary>
    internal static IReadOnlyList<ReportAddress> ParseList(string text) => [.. text.Split(',').Select(part => Parse(part.Trim())).OfType<ReportAddress>()];

    private static bool TryLimit(string text, out long limit)
    {
        limit = 0;
        if (text.Length == 0) return false;
        var shift = char.ToLowerInvariant(text[^1]) switch { 'k' => 10, 'm' => 20, 'g' => 30, 't' => 40, _ => 0 };
        var digits = shift == 0 ? text : text[..^1];
        if (!long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number > long.MaxValue >> shift) return false;
        limit = number << shift;
        return true;
    }
}
