using System.Net;
using System.Net.Sockets;
using System.Text;

namespace PolicyMTA.Dns;

/// <summary>The name under which DNS keeps the PTR records of an address (RFC 1035 §3.5, RFC 3596 §2.5).</summary>
internal static class ReverseName
{
    public static string Of(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        var bytes = address.GetAddressBytes();
        if (address.AddressFamily == AddressFamily.InterNetwork) return $"{bytes[3]}.{bytes[2]}.{bytes[1]}.{bytes[0]}.in-addr.arpa";
        var name = new StringBuilder(72);
        for (var i = bytes.Length - 1; i >= 0; i--)
        {
            name.Append(HexDigit(bytes[i] & 15)).Append('.').Append(HexDigit(bytes[i] >> 4)).Append('.');
        }
        return name.Append("ip6.arpa").ToString();
    }

    private static char HexDigit(int value) => "0123456789abcdef"[value];
}
