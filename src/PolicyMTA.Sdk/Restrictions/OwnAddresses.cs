using System.Net;
using System.Net.NetworkInformation;

namespace PolicyMTA.Sdk;

/// <summary>The addresses that <c>inet_interfaces</c> means.</summary>
public static class OwnAddresses
{
    /// <summary>Reads the parameter's words: <c>all</c>, <c>loopback-only</c>, addresses. Others mean no address.</summary>
    public static IReadOnlySet<IPAddress> Find(IReadOnlyList<string> interfaces)
    {
        ArgumentNullException.ThrowIfNull(interfaces);
        if (interfaces.Contains("loopback-only")) return new HashSet<IPAddress> { IPAddress.Loopback, IPAddress.IPv6Loopback };
        var named = interfaces.Select(name => IPAddress.TryParse(name.Trim('[', ']'), out var address) ? address : null).OfType<IPAddress>().ToHashSet();
        return interfaces.Contains("all") ? NetworkInterface.GetAllNetworkInterfaces().SelectMany(AddressesOf).ToHashSet() : named;
    }

    private static IEnumerable<IPAddress> AddressesOf(NetworkInterface device) => device.GetIPProperties().UnicastAddresses.Select(a => Unscoped(a.Address));

    // A link-local address names its interface; a client's may come without.
    private static IPAddress Unscoped(IPAddress address) => address.IsIPv6LinkLocal ? new IPAddress(address.GetAddressBytes()) : address;
}
