using System.Net;
using System.Net.NetworkInformation;

namespace PolicyMTA.Restrictions.Any;

/// <summary>The addresses that <c>inet_interfaces</c> means.</summary>
internal static class OwnAddresses
{
    public static HashSet<IPAddress> Find(IReadOnlyList<string> interfaces)
    {
        if (interfaces.Contains("loopback-only")) return [IPAddress.Loopback, IPAddress.IPv6Loopback];
        var named = interfaces.Select(name => IPAddress.TryParse(name.Trim('[', ']'), out var address) ? address : null).OfType<IPAddress>().ToHashSet();
        return interfaces.Contains("all") ? [.. NetworkInterface.GetAllNetworkInterfaces().SelectMany(AddressesOf)] : named;
    }

    private static IEnumerable<IPAddress> AddressesOf(NetworkInterface device) => device.GetIPProperties().UnicastAddresses.Select(a => Unscoped(a.Address));

    // A link-local address names its interface; a client's may come without.
    private static IPAddress Unscoped(IPAddress address) => address.IsIPv6LinkLocal ? new IPAddress(address.GetAddressBytes()) : address;
}
