using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace PolicyMTA.Filters.Dmarc;

/// <summary>Domains as they are compared: ASCII, lower case, no dot at the end.</summary>
internal static class DomainName
{
    // RFC 1035 §2.3.4.
    private const int Longest = 253, LongestLabel = 63;

    private static readonly IdnMapping Idn = new() { AllowUnassigned = true };

    /// <summary>Reads a domain; false when it is none.</summary>
    internal static bool TryNormalize(string text, [NotNullWhen(true)] out string? domain)
    {
        domain = text.EndsWith('.') ? text[..^1] : text;
        // Checked first: what is made of other letters takes time with the square of its length.
        if (domain.Length > Longest || !Ascii(ref domain)) return false;
        domain = domain.ToLowerInvariant();
        return domain.Length is > 0 and <= Longest && domain.Split('.').All(IsLabel);
    }

    /// <summary>The name of the last <paramref name="count"/> labels, at least one; the whole when it has no more.</summary>
    internal static string Last(string domain, int count)
    {
        var at = domain.LastIndexOf('.');
        while (--count > 0 && at > 0) at = domain.LastIndexOf('.', at - 1);
        return domain[(at + 1)..];
    }

    /// <summary>True for the domain itself and what is below it.</summary>
    internal static bool IsIn(string domain, string parent) =>
        domain.EndsWith(parent, StringComparison.Ordinal) && (domain.Length == parent.Length || domain[^(parent.Length + 1)] == '.');

    /// <summary>How many labels a name has.</summary>
    internal static int Count(string domain) => domain.Count(c => c == '.') + 1;

    private static bool IsLabel(string label) =>
        label.Length is > 0 and <= LongestLabel && label.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');

    private static bool Ascii(ref string domain)
    {
        if (System.Text.Ascii.IsValid(domain)) return true;
        try
        {
            domain = Idn.GetAscii(domain);
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
