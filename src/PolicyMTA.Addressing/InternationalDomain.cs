using System.Globalization;
using System.Text;

namespace PolicyMTA.Addressing;

/// <summary>
/// The two forms of an internationalized domain (RFC 5890 §2.3.2.1): <c>bücher.example</c> and <c>xn--bcher-kva.example</c> are one domain. Envelopes go by the
/// ASCII form from where they enter, so that nothing has two names; tables are asked both. Thread-safe; never throws.
/// </summary>
public static class InternationalDomain
{
    private const string Prefix = "xn--";

    private static readonly IdnMapping Idn = new() { AllowUnassigned = true };

    /// <summary>The ASCII form; the domain itself when it is ASCII already or no domain name.</summary>
    public static string ToAscii(string domain)
    {
        ArgumentNullException.ThrowIfNull(domain);
        if (Ascii.IsValid(domain)) return domain;
        // ".name" in a list stands for what is below a domain.
        var dot = domain.StartsWith('.') ? "." : "";
        try
        {
            return dot + Idn.GetAscii(domain[dot.Length..].ToLowerInvariant());
        }
        catch (ArgumentException)
        {
            return domain;
        }
    }

    /// <summary>The Unicode form of a domain in ASCII; null when it has no other.</summary>
    public static string? FindUnicode(string domain)
    {
        ArgumentNullException.ThrowIfNull(domain);
        if (!domain.Contains(Prefix, StringComparison.OrdinalIgnoreCase)) return null;
        try
        {
            var unicode = Idn.GetUnicode(domain);
            return unicode.Equals(domain, StringComparison.OrdinalIgnoreCase) ? null : unicode;
        }
        catch (ArgumentException)
        {
            return null;
        }
    }
}
