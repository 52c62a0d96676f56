using System.Security.Authentication;

namespace PolicyMTA.Smtp.Tests;

public sealed class TlsProtocolListTests
{
#pragma warning disable SYSLIB0039, CA5397, CA5398 // to see what is spoken
    private const SslProtocols All = SslProtocols.Tls | SslProtocols.Tls11 | SslProtocols.Tls12 | SslProtocols.Tls13;
    private const SslProtocols Old = SslProtocols.Tls | SslProtocols.Tls11;
    private const SslProtocols Modern = SslProtocols.Tls12 | SslProtocols.Tls13;

    [Theory]
    [InlineData("", All)]
    [InlineData(">=TLSv1", All)]
    [InlineData(">=TLSv1.2", Modern)]
    [InlineData(">=tlsv1.2, <=tlsv1.2", SslProtocols.Tls12)]
    [InlineData("<=TLSv1.1", Old)]
    [InlineData("!SSLv2, !SSLv3", All)]
    [InlineData("!SSLv2:!SSLv3:!TLSv1 !TLSv1.1", Modern)]
    [InlineData("TLSv1.2", SslProtocols.Tls12)]
    [InlineData("TLSv1.2 TLSv1.3 !TLSv1.2", SslProtocols.Tls13)]
    public void Protocol_lists_have_their_grammar(string text, SslProtocols expected)
    {
        Assert.True(TlsProtocolList.TryParse(text, out var protocols, out _));
        Assert.Equal(expected, protocols);
    }

    [Theory]
    [InlineData("TLSv1.4", "'TLSv1.4' is no protocol")]
    [InlineData(">TLSv1.2", "'>TLSv1.2' is no protocol")]
    [InlineData("!", "'!' is no protocol")]
    [InlineData(">=TLSv1.3 <=TLSv1.2", "leaves no protocol")]
    [InlineData("SSLv3", "leaves no protocol")]
    public void Nonsense_in_a_protocol_list_is_told(string text, string expected)
    {
        Assert.False(TlsProtocolList.TryParse(text, out _, out var error));
        Assert.Contains(expected, error, StringComparison.Ordinal);
    }

    [Fact]
    public void Any_text_is_a_list_or_an_error()
    {
        var random = new Random(20);
        string[] parts = ["!", ">", "<", "=", "TLSv1", ".2", "SSLv3", " ", ":", ",", "\0", "é", "tlsv1.3"];
        for (var i = 0; i < 20_000; i++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(8)).Select(_ => parts[random.Next(parts.Length)]));
            var isGood = TlsProtocolList.TryParse(text, out var protocols, out var error);
            Assert.Equal(isGood, error.Length == 0);
            Assert.Equal(isGood, (protocols & All) != 0);
        }
    }
}
