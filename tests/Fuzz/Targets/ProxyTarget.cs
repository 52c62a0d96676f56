using System.Buffers;
using System.Globalization;
using System.Text;
using PolicyMTA.Smtp;

namespace PolicyMTA.Fuzz.Targets;

/// <summary>
/// The header of the PROXY protocol, as it arrives: what is complete was incomplete before, what is none never was one, nothing is taken but the header, and it
/// never asks for more than its limit.
/// </summary>
internal sealed class ProxyTarget : FuzzTarget
{
    public override string Name => "proxy";

    /// <summary>Beyond the most a header may have.</summary>
    public override int MaxOctets => ProxyHeader.MaxLength + 100;

    public override IReadOnlyList<string> Words { get; } =
    [
        "PROXY ", "TCP4 ", "TCP6 ", "UNKNOWN", "192.0.2.1 ", "2001:db8::1 ", "::ffff:192.0.2.1", " 25", " 65535", " 65536", "\r\n", "\r\n\r\n\0\r\nQUIT\n", "\u0021\u0011\0\u000c", "\u0021\u0021\0\u0024", "\u0020\0\0\0",
        "\u0021\u0031\0\u00d8", "\0\0\0\0\0\0\0\0\0\0\0\0", "EHLO a\r\n",
    ];

    public override void Check(byte[] input)
    {
        var whole = Read(input, out var length);
        Require(whole.State != ProxyHeaderState.Incomplete || input.Length < ProxyHeader.MaxLength, "more is asked for than the limit");
        Require(whole.State == ProxyHeaderState.Complete ? length is > 0 and <= ProxyHeader.MaxLength : length == 0, "something else than the header is taken");
        var seen = 0;
        foreach (var piece in Octets.Cut(input))
        {
            seen += piece.Length;
            var part = Read(input[..seen], out var partLength);
            var isAllThere = whole.State == ProxyHeaderState.Complete && seen >= length;
            if (isAllThere) Require(part == whole && partLength == length, "what follows changes the header");
            else Require(part.State == ProxyHeaderState.Incomplete || (part.State == whole.State && whole.State == ProxyHeaderState.Malformed), "a part is taken for the whole");
        }
        if (whole.State == ProxyHeaderState.Complete) CheckHeader(whole.Header);
    }

    private static void CheckHeader(ProxyHeader header)
    {
        Require(header.Source is null == header.Destination is null && (header.Source is null || !header.IsLocal), "a header has half its addresses, or some that mean nothing");
        if (header.Source is not { } source || header.Destination is not { } destination) return;
        Require(source.AddressFamily == destination.AddressFamily, "a header has two families");
        var family = source.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork ? "TCP4" : "TCP6";
        var text = string.Create(CultureInfo.InvariantCulture, $"PROXY {family} {source.Address} {destination.Address} {source.Port} {destination.Port}\r\n");
        var again = Read(Encoding.ASCII.GetBytes(text), out _);
        Require(again.State == ProxyHeaderState.Complete && again.Header == header, "a header, written as text and read again, is another");
    }

    private static (ProxyHeaderState State, ProxyHeader Header) Read(byte[] input, out long length)
    {
        var buffer = Octets.Join(Octets.Cut(input));
        var state = ProxyHeaderParser.Read(ref buffer, out var header);
        length = input.Length - buffer.Length;
        return (state, header);
    }
}
