using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace PolicyMTA.Configuration;

/// <summary><c>mynetworks</c> from this machine's interfaces, as <c>mynetworks_style</c> wants it.</summary>
internal static class OwnNetworks
{
    /// <summary>The networks of the interfaces as they are at the moment, loopback included; nobody when the system does not tell.</summary>
    public static string Find(string style)
    {
        try
        {
            return Of(NetworkInterface.GetAllNetworkInterfaces().SelectMany(i => i.GetIPProperties().UnicastAddresses).Select(a => (a.Address, a.PrefixLength)), style);
        }
        catch (NetworkInformationException)
        {
            return "";
        }
    }

    /// <summary>The same for given addresses and the lengths of their networks.</summary>
    internal static string Of(IEnumerable<(IPAddress Address, int Length)> addresses, string style) =>
        string.Join(", ", addresses.Select(a => Network(new IPAddress(a.Address.GetAddressBytes()), a.Length, style)).Distinct());

    private static string Network(IPAddress address, int subnet, string style)
    {
        var isIpv4 = address.AddressFamily == AddressFamily.InterNetwork;
        var length = style switch
        {
            "host" => isIpv4 ? 32 : 128,
            "class" when isIpv4 => ClassLength(address),
            _ => subnet,
        };
        var octets = address.GetAddressBytes();
        for (var bit = length; bit < octets.Length * 8; bit++) octets[bit / 8] &= (byte)~(0x80 >> (bit % 8));
        var start = new IPAddress(octets);
        return isIpv4 ? $"{start}/{length}" : $"[{start}]/{length}";
    }

    // RFC 791 §3.2; a class D or E address stands for itself.
    private static int ClassLength(IPAddress address) => address.GetAddressBytes()[0] switch { < 128 => 8, < 192 => 16, < 224 => 24, _ => 32 };
}
