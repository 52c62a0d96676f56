using System.Buffers.Binary;
using System.Net;

namespace PolicyMTA.Smtp;

/// <summary>Version 2: signature, version and command, family and protocol, length, addresses, and TLVs that nothing here needs.</summary>
internal static class ProxyBinaryHeader
{
    private const int FixedLength = 16;
    private const int UnixLength = 216;

    private static ReadOnlySpan<byte> Signature => "\r\n\r\n\0\r\nQUIT\n"u8;

    internal static ProxyHeaderState Read(ReadOnlySpan<byte> seen, out ProxyHeader header, out int length)
    {
        (header, length) = (ProxyHeader.Unknown, 0);
        if (!seen.StartsWith(Signature[..Math.Min(Signature.Length, seen.Length)])) return ProxyHeaderState.Malformed;
        if (seen.Length < FixedLength) return ProxyHeaderState.Incomplete;
        length = FixedLength + BinaryPrimitives.ReadUInt16BigEndian(seen[14..]);
        if (length > ProxyHeader.MaxLength || seen[12] is not (0x20 or 0x21)) return ProxyHeaderState.Malformed;
        if (seen.Length < length) return ProxyHeaderState.Incomplete;
        var addresses = seen[FixedLength..length];
        if (seen[12] == 0x20)
        {
            header = ProxyHeader.Local; // whatever the addresses are, they mean nothing
            return ProxyHeaderState.Complete;
        }
        return TryAddresses(seen[13], addresses, out header) ? ProxyHeaderState.Complete : ProxyHeaderState.Malformed;
    }

    /// <summary>Family in the upper half, protocol in the lower: a datagram is no session.</summary>
    private static bool TryAddresses(byte family, ReadOnlySpan<byte> addresses, out ProxyHeader header)
    {
        header = ProxyHeader.Unknown;
        switch (family)
        {
            case 0x00:
                return true;
            case 0x11 when addresses.Length >= 12:
                header = Internet(addresses, 4);
                return true;
            case 0x21 when addresses.Length >= 36:
                header = Internet(addresses, 16);
                return true;
            case 0x31:
                return addresses.Length >= UnixLength;
            default:
                return false;
        }
    }

    private static ProxyHeader Internet(ReadOnlySpan<byte> addresses, int size) => new(
        false,
        new IPEndPoint(new IPAddress(addresses[..size]), BinaryPrimitives.ReadUInt16BigEndian(addresses[(2 * size)..])),
        new IPEndPoint(new IPAddress(addresses.Slice(size, size)), BinaryPrimitives.ReadUInt16BigEndian(addresses[(2 * size + 2)..])));
}
