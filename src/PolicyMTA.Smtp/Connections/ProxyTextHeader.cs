using System.Net;
using System.Net.Sockets;
using System.Text;

namespace PolicyMTA.Smtp;

/// <summary>Version 1: <c>PROXY TCP4 192.0.2.1 198.51.100.1 4711 25</c>.</summary>
internal static class ProxyTextHeader
{
    private const int FieldCount = 6;

    internal static ProxyHeaderState Read(ReadOnlySpan<byte> seen, out ProxyHeader header, out int length)
    {
        (header, length) = (ProxyHeader.Unknown, 0);
        var start = "PROXY "u8;
        if (!seen.StartsWith(start[..Math.Min(start.Length, seen.Length)])) return ProxyHeaderState.Malformed;
        if (seen.Length > ProxyHeader.MaxTextLength) seen = seen[..ProxyHeader.MaxTextLength];
        var newline = seen.IndexOf((byte)'\n');
        if (newline < 0) return seen.Length < ProxyHeader.MaxTextLength ? ProxyHeaderState.Incomplete : ProxyHeaderState.Malformed;
        // A line feed alone is refused when it comes, and so also when more has come with it.
        if (seen[newline - 1] != (byte)'\r') return ProxyHeaderState.Malformed;
        length = newline + 1;
        return TryParse(seen[..(newline - 1)], out header) ? ProxyHeaderState.Complete : ProxyHeaderState.Malformed;
    }

    private static bool TryParse(ReadOnlySpan<byte> line, out ProxyHeader header)
    {
        header = ProxyHeader.Unknown;
        if (!Ascii.IsValid(line)) return false;
        var text = Encoding.ASCII.GetString(line);
        // What follows UNKNOWN has no meaning.
        if (text == "PROXY UNKNOWN" || text.StartsWith("PROXY UNKNOWN ", StringComparison.Ordinal)) return true;
        var fields = text.Split(' ');
        if (fields.Length != FieldCount) return false;
        AddressFamily family;
        switch (fields[1])
        {
            case "TCP4": family = AddressFamily.InterNetwork; break;
            case "TCP6": family = AddressFamily.InterNetworkV6; break;
            default: return false;
        }
        if (TryEndPoint(fields[2], fields[4], family) is not { } source || TryEndPoint(fields[3], fields[5], family) is not { } destination) return false;
        header = new ProxyHeader(false, source, destination);
        return true;
    }

    private static IPEndPoint? TryEndPoint(string address, string port, AddressFamily family) =>
        ClientAddressSyntax.TryAddress(address, family, out var parsed) && ClientAddressSyntax.TryPort(port, out var number) ? new IPEndPoint(parsed, number) : null;
}
