using System.Globalization;

namespace PolicyMTA.Generations;

/// <summary>Whether a next hop of the built-in SMTP and LMTP clients can be understood.</summary>
internal static class NextHopSyntax
{
    private static readonly string[] Services = ["smtp", "submission", "lmtp"];

    /// <summary>True for <c>example.net</c>, <c>[host]:port</c>, <c>inet:host:port</c> and <c>unix:path</c>.</summary>
    public static bool IsValid(string text)
    {
        if (text.StartsWith("unix:", StringComparison.OrdinalIgnoreCase)) return text.Length > "unix:".Length;
        if (text.StartsWith("inet:", StringComparison.OrdinalIgnoreCase)) text = text["inet:".Length..];
        var bracket = text.LastIndexOf(']');
        // Colons inside brackets belong to an IPv6 address.
        var colon = text.LastIndexOf(':') is var last && last > bracket ? last : text.Length;
        if (colon < text.Length && !IsPort(text[(colon + 1)..])) return false;
        var host = text[..colon];
        if (host.StartsWith('[') && host.EndsWith(']')) host = host[1..^1];
        return host.Length > 0 && !host.AsSpan().ContainsAny("[] ");
    }

    private static bool IsPort(string text) =>
        text.Length == 0 || Services.Contains(text) || int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and < 65536;
}
