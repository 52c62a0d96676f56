using System.Net;

namespace PolicyMTA.Policy.Scripting;

/// <summary>The keys that an address or a host is searched by, most particular first (access(5)).</summary>
internal static class LookupKeys
{
    public static IReadOnlyList<string> OfAddress(string address)
    {
        var at = address.LastIndexOf('@');
        if (at < 0) return [address];
        var (local, domain) = (address[..at], address[(at + 1)..]);
        var plus = local.IndexOf('+', StringComparison.Ordinal);
        var keys = new List<string> { address };
        if (plus > 0) keys.Add($"{local[..plus]}@{domain}");
        keys.AddRange(Parents(domain));
        keys.Add(local + "@");
        if (plus > 0) keys.Add(local[..plus] + "@");
        return keys;
    }

    public static IReadOnlyList<string> OfHost(string host)
    {
        if (!IPAddress.TryParse(host, out _)) return Parents(host);
        var separator = host.Contains(':') ? ':' : '.';
        var keys = new List<string>();
        for (var part = host; part.Length > 0; part = part[..Math.Max(0, part.LastIndexOf(separator))]) keys.Add(part);
        return keys;
    }

    private static List<string> Parents(string domain)
    {
        var keys = new List<string>();
        for (var part = domain; part.Length > 0; part = part[(part.IndexOf('.', StringComparison.Ordinal) + 1)..])
        {
            keys.Add(part);
            if (!part.Contains('.')) break;
        }
        return keys;
    }
}
