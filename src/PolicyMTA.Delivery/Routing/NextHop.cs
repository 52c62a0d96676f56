using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace PolicyMTA.Delivery.Routing;

/// <summary>A next hop in Postfix's notation, taken apart. A closed set of immutable values.</summary>
internal abstract record NextHop
{
    private NextHop() { }

    /// <summary><c>example.net</c>, <c>example.net:587</c>: by MX.</summary>
    public sealed record Domain(string Name, int Port) : NextHop;

    /// <summary><c>[host]:port</c>, <c>inet:host:port</c>: the host itself, no MX.</summary>
    public sealed record Host(string Name, int Port) : NextHop;

    /// <summary><c>unix:path</c>.</summary>
    public sealed record UnixPath(string Path) : NextHop;

    /// <summary>Reads the notation; false when it is none.</summary>
    public static bool TryParse(string text, int defaultPort, [NotNullWhen(true)] out NextHop? nextHop)
    {
        nextHop = null;
        if (text.StartsWith("unix:", StringComparison.OrdinalIgnoreCase)) return TryUnix(text[5..], out nextHop);
        var isHost = text.StartsWith("inet:", StringComparison.OrdinalIgnoreCase);
        if (isHost) text = text[5..];
        if (!TrySplitPort(text, defaultPort, out var name, out var port)) return false;
        if (name.StartsWith('[') && name.EndsWith(']'))
        {
            isHost = true;
            name = name[1..^1];
            if (name.StartsWith("IPv6:", StringComparison.OrdinalIgnoreCase)) name = name[5..];
        }
        if (name.Length == 0 || name.AsSpan().ContainsAny("[] ")) return false;
        nextHop = isHost ? new Host(name, port) : new Domain(name.ToLowerInvariant(), port);
        return true;
    }

    private static bool TryUnix(string path, out NextHop? nextHop)
    {
        nextHop = path.Length > 0 ? new UnixPath(path) : null;
        return nextHop is not null;
    }

    private static bool TrySplitPort(string text, int defaultPort, out string name, out int port)
    {
        (name, port) = (text, defaultPort);
        var bracket = text.IndexOf(']', StringComparison.Ordinal);
        var colon = text.LastIndexOf(':');
        if (colon <= bracket) return bracket < 0 || bracket == text.Length - 1;
        if (bracket >= 0 && colon != bracket + 1) return false;
        name = text[..colon];
        var digits = text[(colon + 1)..];
        if (digits == "smtp") port = 25;
        else if (digits == "submission") port = 587;
        else if (digits == "lmtp") port = 24;
        else if (digits.Length > 0) return int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port is > 0 and < 65536;
        return true;
    }
}
