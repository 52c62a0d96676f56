using System.Net;
using System.Net.Sockets;

namespace PolicyMTA.Delivery.Client;

/// <summary>In which order the addresses of a next hop are tried (RFC 5321 §5.1): by preference, equals in random order, the family that is preferred first.</summary>
internal static class AddressOrder
{
    public static IReadOnlyList<Destination> Of(IReadOnlyList<Candidate> candidates, ClientSettings settings, Random random)
    {
        if (candidates.Count == 1) return [candidates[0].Destination];
        var shuffled = candidates.ToArray();
        if (settings.RandomizesAddresses) random.Shuffle(shuffled);
        var ordered = shuffled.OrderBy(c => c.Preference).ThenBy(c => Rank(c.Destination, settings.AddressPreference)).Select(c => c.Destination).ToList();
        return Balance(ordered, settings.MxAddressLimit);
    }

    private static int Rank(Destination destination, AddressPreference preference) => (preference, IsIpv6(destination)) switch
    {
        (AddressPreference.Ipv4, true) or (AddressPreference.Ipv6, false) => 1,
        _ => 0,
    };

    // Where one family is not routed, the limit must not cut off the other one (smtp_balance_inet_protocols).
    private static List<Destination> Balance(List<Destination> ordered, int limit)
    {
        if (limit < 2 || ordered.Count <= limit) return ordered;
        var first = IsIpv6(ordered[0]);
        var other = ordered.FindIndex(d => IsIpv6(d) != first);
        if (other < limit) return ordered;
        var saved = ordered[other];
        ordered.RemoveAt(other);
        ordered.Insert(limit - 1, saved);
        return ordered;
    }

    private static bool IsIpv6(Destination destination) => destination.EndPoint is IPEndPoint { AddressFamily: AddressFamily.InterNetworkV6 };
}
