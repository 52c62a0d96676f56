using System.Net;
using System.Security.Cryptography.X509Certificates;

namespace PolicyMTA.Delivery.Client.Tls;

/// <summary>Whether a certificate bears one of the names that are looked for (RFC 6125 §6.4).</summary>
internal static class CertificateNames
{
    /// <summary>Names are joined by colons; <c>hostname</c> is the host's, one with a dot in front stands for all below it.</summary>
    public static bool Fit(X509Certificate2 certificate, string match, string hostName)
    {
        var (names, addresses) = NamesOf(certificate);
        foreach (var word in match.Split(':', StringSplitOptions.RemoveEmptyEntries))
        {
            // An IPv6 address has its colons written as percent signs here.
            var wanted = word == "hostname" ? hostName : word.Replace('%', ':');
            if (IPAddress.TryParse(wanted, out var address) ? addresses.Contains(address) : names.Any(name => Fits(name, wanted))) return true;
        }
        return false;
    }

    /// <summary>Whether a name of a certificate, perhaps <c>*.example.org</c>, is the wanted one, perhaps <c>.example.org</c>.</summary>
    internal static bool Fits(string name, string wanted)
    {
        const StringComparison Ignore = StringComparison.OrdinalIgnoreCase;
        if (wanted.StartsWith('.')) return name.Length > wanted.Length && name.EndsWith(wanted, Ignore);
        if (!name.StartsWith("*.", Ignore)) return name.Equals(wanted, Ignore);
        var dot = wanted.IndexOf('.', StringComparison.Ordinal);
        // The star is one whole label, and never that below a top-level domain.
        return dot > 0 && name.AsSpan(2).Contains('.') && wanted[dot..].Equals(name[1..], Ignore);
    }

    private static (List<string> Names, List<IPAddress> Addresses) NamesOf(X509Certificate2 certificate)
    {
        if (certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().FirstOrDefault() is { } alternative)
        {
            var names = alternative.EnumerateDnsNames().ToList();
            var addresses = alternative.EnumerateIPAddresses().ToList();
            if (names.Count + addresses.Count > 0) return (names, addresses);
        }
        // RFC 6125 §6.4.4: the common name counts where there is no other.
        return ([certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false)], []);
    }
}
