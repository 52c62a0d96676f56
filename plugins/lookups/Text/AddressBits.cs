using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace PolicyMTA.Lookups.Text;

/// <summary>An address as bits, the first one highest; an IPv4 address takes the first 32. An immutable value.</summary>
internal readonly record struct AddressBits(UInt128 Bits, bool IsV6)
{
    internal const int Width = 128;

    /// <summary>How many bits an address of this family has.</summary>
    internal int Length => IsV6 ? Width : 32;

    /// <summary>Reads what inet_pton(3) takes; null for anything else. The library's own reader takes "1.2", "0x1.2.3.4" and zones too.</summary>
    internal static AddressBits? Read(ReadOnlySpan<char> text)
    {
        if (!text.Contains(':')) return ReadV4(text);
        if (text.IndexOfAny("[]%/") >= 0 || !IPAddress.TryParse(text, out var address) || address.AddressFamily != AddressFamily.InterNetworkV6) return null;
        Span<byte> bytes = stackalloc byte[16];
        return address.TryWriteBytes(bytes, out _) ? new AddressBits(BinaryPrimitives.ReadUInt128BigEndian(bytes), true) : null;
    }

    internal static bool IsSet(UInt128 bits, int index) => (bits >> (Width - 1 - index) & 1) != 0;

    /// <summary>The first bits; zero behind them.</summary>
    internal static UInt128 Mask(UInt128 bits, int length) => length == 0 ? 0 : bits & UInt128.MaxValue << (Width - length);

    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, Bits);
        return new IPAddress(bytes[..(IsV6 ? 16 : 4)]).ToString();
    }

    private static AddressBits? ReadV4(ReadOnlySpan<char> text)
    {
        var (bits, count) = (0u, 0);
        foreach (var range in text.Split('.'))
        {
            var part = text[range];
            // A leading zero may mean octal to the one and decimal to the other: inet_pton(3) takes none.
            if (part.Length > 1 && part[0] == '0' || !byte.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var octet) || ++count > 4) return null;
            bits = bits << 8 | octet;
        }
        return count == 4 ? new AddressBits((UInt128)bits << 96, false) : null;
    }
}
