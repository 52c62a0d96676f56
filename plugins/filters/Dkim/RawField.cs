using System.Text;

namespace PolicyMTA.Filters.Dkim;

/// <summary>A field of a header section, byte for byte, with its line end.</summary>
/// <param name="Name">Without white space behind it.</param>
/// <param name="Bytes">Name, colon, body and CRLF.</param>
internal readonly record struct RawField(string Name, ReadOnlyMemory<byte> Bytes)
{
    /// <summary>What stands behind the colon, as octets in characters.</summary>
    internal string Value
    {
        get
        {
            var body = Bytes.Span[(Bytes.Span.IndexOf((byte)':') + 1)..];
            return Encoding.Latin1.GetString(body.EndsWith("\r\n"u8) ? body[..^2] : body);
        }
    }

    internal bool Is(string name) => Name.Equals(name, StringComparison.OrdinalIgnoreCase);

    /// <summary>A field of text, each character an octet.</summary>
    internal static RawField Of(string name, string value) => new(name, Encoding.Latin1.GetBytes($"{name}:{value}\r\n"));
}
