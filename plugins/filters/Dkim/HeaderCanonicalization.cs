using System.Buffers;
using System.Text;

namespace PolicyMTA.Filters.Dkim;

/// <summary>The two ways a header field is written before it is hashed (RFC 6376 §3.4.1, §3.4.2).</summary>
internal static class HeaderCanonicalization
{
    /// <summary>Writes a field with its line end.</summary>
    internal static void Write(RawField field, bool isRelaxed, ArrayBufferWriter<byte> output) => Write(field.Bytes.Span, isRelaxed, output, withEnd: true);

    /// <summary>Writes the signature's own field: with the value of <c>b=</c> empty, and without a line end.</summary>
    internal static void WriteSignature(RawField field, bool isRelaxed, ArrayBufferWriter<byte> output) => Write(WithoutSignature(field.Bytes.Span), isRelaxed, output, withEnd: false);

    private static void Write(ReadOnlySpan<byte> bytes, bool isRelaxed, ArrayBufferWriter<byte> output, bool withEnd)
    {
        if (bytes.EndsWith("\r\n"u8)) bytes = bytes[..^2];
        if (isRelaxed) WriteRelaxed(bytes, output);
        else output.Write(bytes);
        if (withEnd) output.Write("\r\n"u8);
    }

    private static void WriteRelaxed(ReadOnlySpan<byte> bytes, ArrayBufferWriter<byte> output)
    {
        var target = output.GetSpan(bytes.Length);
        var written = 0;
        var colon = bytes.IndexOf((byte)':');
        foreach (var b in bytes[..colon])
        {
            if (b is not ((byte)' ' or (byte)'\t')) target[written++] = b is >= (byte)'A' and <= (byte)'Z' ? (byte)(b | 0x20) : b;
        }
        target[written++] = (byte)':';
        var (start, isSpaced) = (written, false);
        foreach (var b in bytes[(colon + 1)..])
        {
            // Unfolding takes the line ends out, and white space of any length becomes one space.
            if (b is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n')
            {
                isSpaced |= b is (byte)' ' or (byte)'\t';
                continue;
            }
            if (isSpaced && written > start) target[written++] = (byte)' ';
            isSpaced = false;
            target[written++] = b;
        }
        output.Advance(written);
    }

    // The tag's value goes, and nothing around it (§3.7).
    private static byte[] WithoutSignature(ReadOnlySpan<byte> field)
    {
        var colon = field.IndexOf((byte)':');
        for (var start = colon + 1; start < field.Length;)
        {
            var semicolon = field[start..].IndexOf((byte)';');
            var end = semicolon < 0 ? field.Length - (field.EndsWith("\r\n"u8) ? 2 : 0) : start + semicolon;
            var tag = field[start..end];
            var equals = tag.IndexOf((byte)'=');
            if (equals > 0 && tag[..equals].Trim(" \t\r\n"u8) is [(byte)'b']) return [.. field[..(start + equals + 1)], .. field[end..]];
            start = end + 1;
        }
        return field.ToArray();
    }
}
