using System.Globalization;
using System.Net;

namespace PolicyMTA.Import.Translation;

/// <summary>Where an inet service of master.cf listens.</summary>
internal static class ListenAddress
{
    private static readonly Dictionary<string, int> Ports = new(StringComparer.Ordinal) { ["smtp"] = 25, ["smtps"] = 465, ["submissions"] = 465, ["urd"] = 465, ["submission"] = 587, ["lmtp"] = 24, ["ssmtp"] = 465 };

    /// <summary>The address as a listener has it, and a name for the listener; null where it can't be told.</summary>
    public static (string Address, string Name, int Port)? Find(string service)
    {
        var colon = service.LastIndexOf(':');
        var (host, port) = colon < 0 ? ("", service) : (service[..colon].Trim('[', ']'), service[(colon + 1)..]);
        if (!Ports.TryGetValue(port, out var number) && !(int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number is > 0 and < 65536)) return null;
        if (host == "localhost") host = "127.0.0.1";
        if (host.Length > 0 && !IPAddress.TryParse(host, out _)) return null;
        var name = char.IsAsciiLetter(port[0]) ? port : $"port-{number}";
        return (host.Contains(':', StringComparison.Ordinal) ? $"[{host}]:{number}" : $"{host}:{number}", host.Length > 0 && number == 25 ? "smtp-" + host.Replace(':', '-').Replace('.', '-') : name, number);
    }
}
