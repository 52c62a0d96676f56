using System.Text;

namespace PolicyMTA.Filters.Dkim;

/// <summary>The header section of a message as it came. A line that is no field ends it, as it does for the server: what follows is body.</summary>
/// <param name="Fields">From the top.</param>
/// <param name="BodyStart">Where the body begins: behind the empty line, or at the line that is no field.</param>
internal sealed record RawHeader(IReadOnlyList<RawField> Fields, int BodyStart)
{
    /// <summary>Octets of a header section; one that is longer has no signatures that are looked at.</summary>
    internal const int LongestSection = 1024 * 1024;

    internal static RawHeader Parse(ReadOnlyMemory<byte> message)
    {
        var fields = new List<RawField>();
        var at = 0;
        while (at < message.Length)
        {
            var rest = message.Span[at..];
            if (rest.StartsWith("\r\n"u8)) return new RawHeader(fields, at + 2);
            var length = FieldLength(rest);
            var field = rest[..length];
            var colon = field.IndexOf((byte)':');
            if (colon <= 0 || !IsName(field[..colon].TrimEnd(" \t"u8))) break;
            var bytes = message.Slice(at, length);
            // A field that the end of the message cut off is closed, as the server closes it.
            fields.Add(new RawField(Encoding.ASCII.GetString(field[..colon].TrimEnd(" \t"u8)), field.EndsWith("\r\n"u8) ? bytes : (byte[])[.. field, .. "\r\n"u8]));
            at += length;
        }
        return new RawHeader(fields, at);
    }

    // With the lines that continue it.
    private static int FieldLength(ReadOnlySpan<byte> rest)
    {
        var length = 0;
        do
        {
            var end = rest[length..].IndexOf("\r\n"u8);
            if (end < 0) return rest.Length;
            length += end + 2;
        }
        while (length < rest.Length && rest[length] is (byte)' ' or (byte)'\t');
        return length;
    }

    private static bool IsName(ReadOnlySpan<byte> name)
    {
        foreach (var b in name)
        {
            if (b is <= (byte)' ' or (byte)':' or >= 0x7f) return false;
        }
        return name.Length > 0;
    }
}
