using System.Net;
using System.Net.Sockets;
using PolicyMTA.Sdk;

namespace PolicyMTA.Dns;

/// <summary>
/// The names of this machine's loopback addresses: <c>localhost</c> (RFC 6761 §6.3) and what hosts(5) says about 127.0.0.0/8 and ::1. They never go to
/// DNS, so that a machine without network can talk to itself. Other lines of the file are left to DNS: SPF and MX must see what the world sees.
/// </summary>
internal sealed class LoopbackNames
{
    private static readonly DnsAnswer<IPAddress> NoAddress = new(DnsStatus.NoData, []);
    private readonly Dictionary<string, List<IPAddress>> _addresses = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<IPAddress, string> _names = [];

    public LoopbackNames(IEnumerable<string> hosts)
    {
        Add(IPAddress.Loopback, "localhost");
        Add(IPAddress.IPv6Loopback, "localhost");
        foreach (var line in hosts) ReadLine(line);
    }

    public static LoopbackNames Read(string path)
    {
        try
        {
            return new LoopbackNames(File.Exists(path) ? File.ReadAllLines(path) : []);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return new LoopbackNames([]);
        }
    }

    /// <summary>True when the name is ours; then DNS is not asked, whatever the type.</summary>
    public bool Knows(string name) => _addresses.ContainsKey(name) || name.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase);

    public DnsAnswer<IPAddress> FindAddresses(string name, AddressFamily family)
    {
        if (!_addresses.TryGetValue(name, out var all)) all = _addresses["localhost"];
        var found = all.Where(a => a.AddressFamily == family).ToArray();
        return found.Length == 0 ? NoAddress : new DnsAnswer<IPAddress>(DnsStatus.Found, found);
    }

    public string? FindName(IPAddress address) => _names.GetValueOrDefault(address);

    private void ReadLine(string line)
    {
        var comment = line.IndexOf('#', StringComparison.Ordinal);
        var words = (comment < 0 ? line : line[..comment]).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (words.Length < 2 || !IPAddress.TryParse(words[0], out var address) || !IPAddress.IsLoopback(address)) return;
        foreach (var name in words.AsSpan(1)) Add(address, name);
    }

    private void Add(IPAddress address, string name)
    {
        if (!_addresses.TryGetValue(name, out var addresses)) _addresses[name] = addresses = [];
        if (!addresses.Contains(address)) addresses.Add(address);
        _names.TryAdd(address, name);
    }
}
