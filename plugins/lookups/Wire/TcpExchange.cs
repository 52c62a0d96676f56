using System.Text;
using PolicyMTA.Sdk;

namespace PolicyMTA.Lookups.Wire;

/// <summary>The protocol of tcp_table(5): lines <c>get KEY</c> and <c>200 VALUE</c>, <c>400 REASON</c> or <c>500 REASON</c>, with %XX for what a line can't carry.</summary>
internal sealed class TcpExchange : IWireExchange
{
    /// <summary>The longest line, its line feed included.</summary>
    internal const int LongestLine = 4096;

    /// <inheritdoc/>
    public byte[]? Ask(string key)
    {
        var line = Encoding.ASCII.GetBytes($"get {Quote(key)}\n");
        return line.Length > LongestLine ? null : line;
    }

    /// <inheritdoc/>
    public async ValueTask<string> ReadAsync(WireReader reader, CancellationToken cancellationToken) =>
        await reader.ReadLineAsync(LongestLine, cancellationToken) ?? throw new IOException("the connection was closed");

    /// <inheritdoc/>
    public LookupResult Parse(string reply)
    {
        if (reply.Length < 4 || reply[3] != ' ' || !TryUnquote(reply[4..], out var text)) throw new InvalidDataException("a reply that is malformed");
        return reply[..3] switch
        {
            "200" => LookupResult.Found(text),
            "500" => LookupResult.None,
            "400" => LookupResult.Failed($"the server says 400 {text}"),
            _ => throw new InvalidDataException("a reply that is none of 200, 400, 500"),
        };
    }

    /// <summary>Writes percent signs, white space, controls and what is not ASCII as %XX.</summary>
    internal static string Quote(string text)
    {
        var quoted = new StringBuilder(text.Length);
        foreach (var octet in Encoding.UTF8.GetBytes(text))
        {
            if (octet is > (byte)' ' and < 127 and not (byte)'%') quoted.Append((char)octet);
            else quoted.Append('%').Append(Convert.ToHexString([octet]));
        }
        return quoted.ToString();
    }

    /// <summary>The text behind %XX; false when a percent sign has no two hexadecimal digits.</summary>
    internal static bool TryUnquote(string quoted, out string text)
    {
        text = "";
        var octets = Encoding.UTF8.GetBytes(quoted);
        var length = 0;
        for (var i = 0; i < octets.Length; i++)
        {
            if (octets[i] != (byte)'%') { octets[length++] = octets[i]; continue; }
            if (i + 2 >= octets.Length || !char.IsAsciiHexDigit((char)octets[i + 1]) || !char.IsAsciiHexDigit((char)octets[i + 2])) return false;
            octets[length++] = Convert.FromHexString([(char)octets[i + 1], (char)octets[i + 2]])[0];
            i += 2;
        }
        text = Encoding.UTF8.GetString(octets, 0, length);
        return true;
    }
}
