using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;

namespace PolicyMTA.Addressing;

/// <summary>A list of networks as <c>mynetworks</c> writes them. An immutable value.</summary>
public sealed class NetworkList
{
    private readonly Entry[] _entries;

    private NetworkList(Entry[] entries) => _entries = entries;

    /// <summary>The list that holds nothing.</summary>
    public static NetworkList Empty { get; } = new([]);

    /// <summary>Reads <c>192.0.2.0/24</c>, <c>[2001:db8::]/32</c>, single addresses, and <c>!</c> before an exception. The first entry that holds an address decides.</summary>
    public static bool TryParse(IEnumerable<string> texts, [NotNullWhen(true)] out NetworkList? list, out string error)
    {
        ArgumentNullException.ThrowIfNull(texts);
        var entries = new List<Entry>();
        foreach (var text in texts)
        {
            if (!TryParseEntry(text, out var entry, out error))
            {
                list = null;
                return false;
            }
            entries.Add(entry);
        }
        (list, error) = (new NetworkList([.. entries]), "");
        return true;
    }

    /// <summary>True when the list holds the address; an IPv4-mapped IPv6 address counts as IPv4.</summary>
    public bool Contains(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        foreach (var entry in _entries)
        {
            if (entry.Network.BaseAddress.AddressFamily == address.AddressFamily && entry.Network.Contains(address)) return !entry.IsException;
        }
        return false;
    }

    private static bool TryParseEntry(string text, out Entry entry, out string error)
    {
        entry = default;
        error = $"'{text}' is no network: write 192.0.2.0/24 or [2001:db8::]/32";
        var rest = text.AsSpan().Trim();
        var isException = rest.StartsWith("!");
        if (isException) rest = rest[1..];
        var slash = rest.IndexOf('/');
        var host = slash < 0 ? rest : rest[..slash];
        if (host.StartsWith("[") && host.EndsWith("]")) host = host[1..^1];
        if (!IsAddressText(host) || !IPAddress.TryParse(host, out var address)) return false;
        var bits = address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128;
        var length = bits;
        if (slash >= 0 && !(int.TryParse(rest[(slash + 1)..], System.Globalization.NumberStyles.None, null, out length) && length <= bits)) return false;
        if (!TryMakeNetwork(address, length, out var network))
        {
            // Postfix refuses this too: most likely a digit was mistyped.
            error = $"'{text}' has bits set behind its /{length}";
            return false;
        }
        (entry, error) = (new Entry(network, isException), "");
        return true;
    }

    // IPAddress reads "1" as 0.0.0.1 and "010" as octal: too surprising where trust is given.
    private static bool IsAddressText(ReadOnlySpan<char> host)
    {
        if (host.Contains(':')) return !host.Contains('%');
        return host.Count('.') == 3 && !host.StartsWith("0x", StringComparison.OrdinalIgnoreCase) && IPv4HasPlainNumbers(host);
    }

    private static bool IPv4HasPlainNumbers(ReadOnlySpan<char> host)
    {
        foreach (var range in host.Split('.'))
        {
            var part = host[range];
            if (part.Length is 0 or > 3 || part.ContainsAnyExceptInRange('0', '9') || (part.Length > 1 && part[0] == '0')) return false;
        }
        return true;
    }

    private static bool TryMakeNetwork(IPAddress address, int length, out IPNetwork network)
    {
        network = default;
        var bytes = address.GetAddressBytes();
        for (var bit = length; bit < bytes.Length * 8; bit++)
        {
            if ((bytes[bit / 8] & (0x80 >> (bit % 8))) != 0) return false;
        }
        network = new IPNetwork(address, length);
        return true;
    }

    private readonly record struct Entry(IPNetwork Network, bool IsException);
}
