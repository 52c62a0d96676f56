using System.Buffers;

namespace PolicyMTA.Smtp;

/// <summary>Reads the PROXY protocol's header, text or binary. Stateless and thread-safe; never throws, whatever the bytes, and never asks for more than <see cref="ProxyHeader.MaxLength"/>.</summary>
public static class ProxyHeaderParser
{
    /// <param name="buffer">What the connection has sent; advanced past the header when it is complete, untouched otherwise.</param>
    /// <param name="header">The header when it is complete.</param>
    public static ProxyHeaderState Read(ref ReadOnlySequence<byte> buffer, out ProxyHeader header)
    {
        header = ProxyHeader.Unknown;
        Span<byte> copy = stackalloc byte[ProxyHeader.MaxLength];
        var seen = buffer.Slice(0, Math.Min(buffer.Length, ProxyHeader.MaxLength));
        seen.CopyTo(copy);
        var text = copy[..(int)seen.Length];
        int length;
        var state = text.IsEmpty || text[0] == (byte)'P' ? ProxyTextHeader.Read(text, out header, out length) : ProxyBinaryHeader.Read(text, out header, out length);
        if (state == ProxyHeaderState.Complete) buffer = buffer.Slice(length);
        return state;
    }
}
