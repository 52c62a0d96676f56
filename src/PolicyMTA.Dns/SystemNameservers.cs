using System.Net;

namespace PolicyMTA.Dns;

/// <summary>Reads resolv.conf(5). A missing or unreadable file names no server.</summary>
internal static class SystemNameservers
{
    private const int DnsPort = 53;
    // resolv.conf(5): MAXNS, further lines are ignored.
    private const int Most = 3;

    public static IReadOnlyList<IPEndPoint> Read(string path)
    {
        if (!File.Exists(path)) return [];
        try
        {
            return Parse(File.ReadLines(path));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    internal static IReadOnlyList<IPEndPoint> Parse(IEnumerable<string> lines)
    {
        var servers = new List<IPEndPoint>(Most);
        foreach (var line in lines)
        {
            var words = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (words.Length < 2 || words[0] != "nameserver") continue;
            if (IPAddress.TryParse(words[1], out var address)) servers.Add(new IPEndPoint(address, DnsPort));
            if (servers.Count == Most) break;
        }
        return servers;
    }
}
