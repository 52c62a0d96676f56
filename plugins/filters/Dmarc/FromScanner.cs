using System.Text;

namespace PolicyMTA.Filters.Dmarc;

/// <summary>
/// What readers of any make might take for the author's domain in a field that is malformed: whatever stands behind an "@", read as it is and read without comments.
/// </summary>
internal static class FromScanner
{
    /// <summary>The domains, each once.</summary>
    internal static IEnumerable<string> Find(string value) => Scan(value).Concat(Scan(WithoutComments(value))).Distinct();

    private static IEnumerable<string> Scan(string text)
    {
        for (var at = text.IndexOf('@', StringComparison.Ordinal); at >= 0; at = text.IndexOf('@', at + 1))
        {
            var start = at + 1;
            while (start < text.Length && (char.IsWhiteSpace(text[start]) || char.IsControl(text[start]))) start++;
            var end = start;
            while (end < text.Length && (char.IsAsciiLetterOrDigit(text[end]) || text[end] is '.' or '-' or '_' || text[end] > '\x9f' && !char.IsWhiteSpace(text[end]))) end++;
            if (DomainName.TryNormalize(text[start..end].Trim('.'), out var domain)) yield return domain;
        }
    }

    private static string WithoutComments(string text)
    {
        var rest = new StringBuilder(text.Length);
        var depth = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '(') depth++;
            else if (text[i] == ')' && depth > 0) depth--;
            else if (text[i] == '\\' && depth > 0) i++;
            else if (depth == 0) rest.Append(text[i]);
        }
        return rest.ToString();
    }
}
