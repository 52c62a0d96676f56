using System.Net;
using System.Net.NetworkInformation;

namespace PolicyMTA.Configuration;

/// <summary>The addresses of this machine's interfaces, as they are at the moment.</summary>
internal static class MachineAddresses
{
    /// <summary>All of them, loopback included; none when the system does not tell.</summary>
    public static IReadOnlyCollection<IPAddress> Find()
    {
        try
        {
            return [.. NetworkInterface.GetAllNetworkInterfaces().SelectMany(i => i.GetIPProperties().UnicastAddresses).Select(a => WithoutScope(a.Address)).Distinct()];
        }
        catch (NetworkInformationException)
        {
            return [];
        }
    }

    private static IPAddress WithoutScope(IPAddress address) => new(address.GetAddressBytes());
}
