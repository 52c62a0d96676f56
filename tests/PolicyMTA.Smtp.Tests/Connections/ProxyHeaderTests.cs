using System.Net;

namespace PolicyMTA.Smtp.Tests;

public sealed class ProxyHeaderTests
{
    private const string Signature = "\r\n\r\n\0\r\nQUIT\n";
    private const string V4 = "\xC0\x00\x02\x01\xC6\x33\x64\x01\x12\x67\x00\x19";

    private static readonly ProxyHeader Client = new(false, IPEndPoint.Parse("192.0.2.1:4711"), IPEndPoint.Parse("198.51.100.1:25"));

    private static string Binary(char command, char family, string rest) => $"{Signature}{command}{family}{(char)(rest.Length >> 8)}{(char)(rest.Length & 255)}{rest}";

    private static (ProxyHeaderState State, ProxyHeader Header, string Left) Read(string wire)
    {
        var buffer = Bytes.Sequence(wire);
        var state = ProxyHeaderParser.Read(ref buffer, out var header);
        return (state, header, Bytes.Text(buffer));
    }

    public static TheoryData<string, ProxyHeader> Headers => new()
    {
        { "PROXY TCP4 192.0.2.1 198.51.100.1 4711 25\r\n", Client },
        { "PROXY TCP4 0.0.0.0 255.255.255.255 0 65535\r\n", new(false, new(IPAddress.Any, 0), new(IPAddress.Broadcast, 65535)) },
        { "PROXY TCP6 2001:db8::1 ::1 4711 25\r\n", new(false, IPEndPoint.Parse("[2001:db8::1]:4711"), IPEndPoint.Parse("[::1]:25")) },
        { "PROXY TCP6 ::ffff:192.0.2.1 1:2:3:4:5:6:7:: 1 2\r\n", new(false, IPEndPoint.Parse("[::ffff:192.0.2.1]:1"), IPEndPoint.Parse("[1:2:3:4:5:6:7:0]:2")) },
        { "PROXY UNKNOWN\r\n", ProxyHeader.Unknown },
        { "PROXY UNKNOWN whatever it says\r\n", ProxyHeader.Unknown },
        { Binary('\x21', '\x11', V4), Client },
        { Binary('\x21', '\x11', V4 + "\x04\x00\x01x"), Client },
        { Binary('\x21', '\x21', new string('\x01', 16) + new string('\x02', 16) + "\x00\x01\x00\x02"), new(false, IPEndPoint.Parse("[101:101:101:101:101:101:101:101]:1"), IPEndPoint.Parse("[202:202:202:202:202:202:202:202]:2")) },
        { Binary('\x21', '\x31', new string('\0', 216)), ProxyHeader.Unknown },
        { Binary('\x21', '\0', ""), ProxyHeader.Unknown },
        { Binary('\x20', '\0', ""), ProxyHeader.Local },
        { Binary('\x20', '\xFF', "what it says here means nothing"), ProxyHeader.Local },
        { Binary('\x21', '\x11', V4 + new string('x', ProxyHeader.MaxLength - 16 - 12)), Client },
    };

    [Theory, MemberData(nameof(Headers))]
    public void A_header_is_read_and_what_follows_is_left(string wire, ProxyHeader header) =>
        Assert.Equal((ProxyHeaderState.Complete, header, "EHLO x\r\n"), Read(wire + "EHLO x\r\n"));

    [Theory, MemberData(nameof(Headers))]
    public void Until_its_last_byte_there_is_no_header_and_nothing_is_taken(string wire, ProxyHeader header)
    {
        for (var length = 0; length < wire.Length; length++)
        {
            Assert.Equal((ProxyHeaderState.Incomplete, ProxyHeader.Unknown.ToString(), wire[..length]), (Read(wire[..length]).State, ProxyHeader.Unknown.ToString(), Read(wire[..length]).Left));
            var cut = Bytes.Segments(Bytes.Of(wire[..length]), Bytes.Of(wire[length..]));
            Assert.Equal(ProxyHeaderState.Complete, ProxyHeaderParser.Read(ref cut, out var same));
            Assert.Equal(header, same);
        }
    }

    public static TheoryData<string> Others =>
    [
        "EHLO client.example\r\n", "\x16\x03\x01", "PROXY\r\n", "PROXY \r\n", "PROXX", "proxy ", "\r\n\r\n\0\r\nQUIX", "\r\nx",
        "PROXY TCP5 192.0.2.1 198.51.100.1 4711 25\r\n", "PROXY tcp4 192.0.2.1 198.51.100.1 4711 25\r\n", "PROXY TCP4 192.0.2.1 198.51.100.1 4711 25\n",
        "PROXY TCP4 192.0.2.1 198.51.100.1 4711\r\n", "PROXY TCP4 192.0.2.1 198.51.100.1 4711 25 \r\n", "PROXY TCP4  192.0.2.1 198.51.100.1 4711 25\r\n",
        "PROXY TCP4 192.0.2.1 198.51.100.1 65536 25\r\n", "PROXY TCP4 192.0.2.1 198.51.100.1 -1 25\r\n", "PROXY TCP4 192.0.2.1 198.51.100.1 04711 25\r\n",
        "PROXY TCP4 192.0.2.256 198.51.100.1 4711 25\r\n", "PROXY TCP4 192.0.2 198.51.100.1 4711 25\r\n", "PROXY TCP4 192.0.2.01 198.51.100.1 4711 25\r\n",
        "PROXY TCP4 0x7f.0.0.1 198.51.100.1 4711 25\r\n", "PROXY TCP4 2001:db8::1 ::1 4711 25\r\n", "PROXY TCP6 192.0.2.1 198.51.100.1 4711 25\r\n",
        "PROXY UNKNOWN a\nb\r\n", "PROXY TCP6 fe80::1%1 ::1 4711 25\r\n", "PROXY TCP6 [::1] ::1 4711 25\r\n", "PROXY UNKNOWNS\r\n",
        Binary('\x21', '\x11', V4[..^1]), Binary('\x21', '\x21', new string('\0', 35)), Binary('\x21', '\x31', new string('\0', 215)),
        Binary('\x11', '\x11', V4), Binary('\x31', '\x11', V4), Binary('\x22', '\x11', V4), Binary('\x21', '\x12', V4), Binary('\x21', '\x41', V4), Binary('\x21', '\x10', V4),
        Signature + "\x21\x11\xFF\xFF", Binary('\x20', '\0', new string('x', ProxyHeader.MaxLength - 15)),
    ];

    [Theory, MemberData(nameof(Others))]
    public void Anything_else_is_none_at_once(string wire) => Assert.Equal((ProxyHeaderState.Malformed, wire), (Read(wire).State, Read(wire).Left));

    [Fact]
    public void The_text_form_has_107_bytes_at_most()
    {
        var longest = "PROXY UNKNOWN ".PadRight(105, 'x') + "\r\n";
        Assert.Equal(ProxyHeader.MaxTextLength, longest.Length);
        Assert.Equal(ProxyHeaderState.Complete, Read(longest).State);
        Assert.Equal(ProxyHeaderState.Malformed, Read("x".Insert(0, longest[..^2]) + "\r\n").State);
        Assert.Equal(ProxyHeaderState.Incomplete, Read("PROXY UNKNOWN ".PadRight(106, 'x')).State);
        Assert.Equal(ProxyHeaderState.Malformed, Read("PROXY UNKNOWN ".PadRight(107, 'x')).State);
    }

    [Fact]
    public void Whatever_is_sent_is_answered_and_a_text_header_says_what_it_says()
    {
        var random = new Random(20261122);
        string[] beginnings = ["", "PROXY ", "PROXY TCP4 1.2.3.4 5.6.7.8 9 ", "PROXY TCP6 ::", "PROXY TCP4 1.2.3.", "PROXY UNKNOWN", Signature, Signature + "\x21", Signature + "\x21\x11\x00\x0C", Signature + "\x20\x00\x00"];
        const string frequent = "0123456789.: \r\n\0\x21\u0011abf";
        var complete = 0;
        for (var i = 0; i < 100_000; i++)
        {
            var tail = new char[random.Next(40)];
            for (var c = 0; c < tail.Length; c++) tail[c] = random.Next(4) == 0 ? (char)random.Next(256) : frequent[random.Next(frequent.Length)];
            var wire = beginnings[i % beginnings.Length] + new string(tail) + (i % 3 == 0 ? "\r\n" : "");
            var (state, header, rest) = Read(wire);
            if (state != ProxyHeaderState.Complete)
            {
                Assert.Equal(wire, rest);
                continue;
            }
            complete++;
            Assert.Equal(header.Source is null, header.Destination is null);
            if (header.Source is not { } source || wire[0] != 'P') continue;
            var again = $"PROXY {(source.Address.GetAddressBytes().Length == 4 ? "TCP4" : "TCP6")} {source.Address} {header.Destination!.Address} {source.Port} {header.Destination.Port}\r\n";
            Assert.Equal((ProxyHeaderState.Complete, header), (Read(again).State, Read(again).Header));
        }
        Assert.InRange(complete, 1000, 90_000);
    }
}
