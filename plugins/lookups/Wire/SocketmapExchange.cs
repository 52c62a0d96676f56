using System.Globalization;
using System.Text;
using PolicyMTA.Sdk;

namespace PolicyMTA.Lookups.Wire;

/// <summary>The socketmap protocol: netstrings <c>name SP key</c> and <c>OK data</c>, <c>NOTFOUND</c>, <c>TEMP</c>, <c>TIMEOUT</c> or <c>PERM</c> with a reason.</summary>
internal sealed class SocketmapExchange(string name) : IWireExchange
{
    /// <summary>The longest question Postfix 3.12 asks.</summary>
    internal const int LongestQuery = 10_000;
    /// <summary>Postfix's socketmap_max_reply_size.</summary>
    internal const int LongestReply = 100_000;

    /// <inheritdoc/>
    public byte[]? Ask(string key)
    {
        var query = Encoding.UTF8.GetBytes($"{name} {key}");
        return query.Length > LongestQuery ? null : Frame(query);
    }

    /// <inheritdoc/>
    public async ValueTask<string> ReadAsync(WireReader reader, CancellationToken cancellationToken) =>
        await reader.ReadNetstringAsync(LongestReply, cancellationToken) ?? throw new IOException("the connection was closed");

    /// <inheritdoc/>
    public LookupResult Parse(string reply)
    {
        var space = reply.IndexOf(' ', StringComparison.Ordinal);
        var (word, rest) = space < 0 ? (reply, "") : (reply[..space], reply[(space + 1)..]);
        return word switch
        {
            "OK" when space >= 0 => LookupResult.Found(rest),
            "NOTFOUND" => LookupResult.None,
            "TEMP" or "TIMEOUT" or "PERM" => LookupResult.Failed($"the server says {word} {rest}"),
            _ => throw new InvalidDataException("a reply that is none of OK, NOTFOUND, TEMP, TIMEOUT, PERM"),
        };
    }

    internal static byte[] Frame(ReadOnlySpan<byte> content) =>
        [.. Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{content.Length}:")), .. content, (byte)','];
}
