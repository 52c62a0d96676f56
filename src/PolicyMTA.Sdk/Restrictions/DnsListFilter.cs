using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace PolicyMTA.Sdk;

/// <summary>Which answers of a DNS list count: four octets, each a number or <c>[1;3..7]</c>.</summary>
internal sealed class DnsListFilter
{
    private const int Octets = 4;
    private readonly IReadOnlyList<IReadOnlyList<(int From, int To)>> _octets;

    private DnsListFilter(IReadOnlyList<IReadOnlyList<(int, int)>> octets) => _octets = octets;

    public bool Matches(IPAddress address)
    {
        if (address.AddressFamily != AddressFamily.InterNetwork) return false;
        var bytes = address.GetAddressBytes();
        return _octets.Select((ranges, i) => ranges.Any(r => bytes[i] >= r.From && bytes[i] <= r.To)).All(matches => matches);
    }

    /// <summary>Null when the text is no filter. It may stand in brackets as a whole.</summary>
    public static DnsListFilter? Parse(string text) => ParseBare(text) ?? (text is ['[', .. var inner, ']'] ? ParseBare(inner) : null);

    private static DnsListFilter? ParseBare(string text)
    {
        var octets = new List<IReadOnlyList<(int, int)>>();
        foreach (var part in SplitOctets(text))
        {
            var choices = part is ['[', .., ']'] ? part[1..^1].Split(';') : [part];
            var ranges = choices.Select(ParseRange).ToList();
            if (ranges.Any(r => r is null)) return null;
            octets.Add([.. ranges.Select(r => r!.Value)]);
        }
        return octets.Count == Octets ? new DnsListFilter(octets) : null;
    }

    // The dots of a range are inside brackets.
    private static IEnumerable<string> SplitOctets(string text)
    {
        var start = 0;
        var isInside = false;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] is '[' or ']') isInside = text[i] == '[';
            if (text[i] != '.' || isInside) continue;
            yield return text[start..i];
            start = i + 1;
        }
        yield return text[start..];
    }

    private static (int, int)? ParseRange(string text)
    {
        var ends = text.Split("..");
        if (ends.Length > 2 || !TryOctet(ends[0], out var from) || !TryOctet(ends[^1], out var to) || from > to) return null;
        return (from, to);
    }

    private static bool TryOctet(string text, out int octet) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out octet) && octet <= 255;
}
