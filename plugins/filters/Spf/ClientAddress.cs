using System.Net;
using System.Net.Sockets;

namespace PolicyMTA.Filters.Spf;

/// <summary>The forms of an address in names (RFC 7208 §7.3).</summary>
internal static class ClientAddress
{
    /// <summary>IPv4 as usual, IPv6 as its nibbles with dots between them.</summary>
    internal static string Dotted(IPAddress address)
    {
        if (address.AddressFamily == AddressFamily.InterNetwork) return address.ToString();
        return string.Join('.', Convert.ToHexString(address.GetAddressBytes()).AsEnumerable());
    }
}
