using System.Net;
using System.Net.Sockets;
using PolicyMTA.Authentication.Dovecot;
using PolicyMTA.Sdk;

namespace PolicyMTA.Authentication.Tests.Dovecot;

public sealed class DovecotParserTests
{
    [Theory]
    [InlineData("private/auth", "/q/private/auth")]
    [InlineData("unix:private/auth", "/q/private/auth")]
    [InlineData("/run/dovecot/auth-client", "/run/dovecot/auth-client")]
    public void A_path_begins_at_the_queue_directory(string text, string path) =>
        Assert.Equal(new UnixDomainSocketEndPoint(path), DovecotPlace.Parse(text, "/q"));

    [Fact]
    public void Inet_names_a_host_and_a_port()
    {
        Assert.Equal(new IPEndPoint(IPAddress.Loopback, 12345), DovecotPlace.Parse("inet:127.0.0.1:12345", "/q"));
        Assert.Equal(new IPEndPoint(IPAddress.IPv6Loopback, 12345), DovecotPlace.Parse("inet:[::1]:12345", "/q"));
        Assert.Equal(new DnsEndPoint("auth.example.test", 12345), DovecotPlace.Parse("inet:auth.example.test:12345", "/q"));
        Assert.Equal(new DnsEndPoint("localhost", 12345), DovecotPlace.Parse("inet:12345", "/q"));
    }

    [Theory]
    [InlineData("inet:")]
    [InlineData("inet:host:0")]
    [InlineData("inet:host:65536")]
    [InlineData("inet::12345")]
    [InlineData("unix:")]
    public void What_is_no_place_is_a_mistake(string text) => Assert.Throws<ConfigurationException>(() => DovecotPlace.Parse(text, "/q"));

    [Fact]
    public void A_path_fits_into_a_socket_address()
    {
        Assert.NotNull(DovecotPlace.Parse("/" + new string('x', 106), "/q"));
        Assert.Throws<ConfigurationException>(() => DovecotPlace.Parse("/" + new string('x', 107), "/q"));
    }

    [Fact]
    public void Escaping_is_undone()
    {
        Assert.Equal("a\u00010b\u00011c\u0001td\u0001re\u0001n", AuthLine.Escaped("a\0b\u0001c\td\re\n"));
        var random = new Random(1);
        for (var i = 0; i < 2000; i++)
        {
            var text = Noise(random);
            Assert.Equal(text, AuthLine.Unescape(AuthLine.Escaped(text)));
            Assert.DoesNotContain('\n', AuthLine.Escaped(text));
            Assert.DoesNotContain('\t', AuthLine.Escaped(text));
        }
    }

    [Fact]
    public void Whatever_comes_breaks_no_parser()
    {
        var random = new Random(2);
        string[] words = ["OK", "CONT", "FAIL", "VERSION", "MECH", "DONE", "1", "2", "4294967296", "user=", "user=a", "resp=", "resp=!", "temp", "code=temp_fail", "nologin", "", "PLAIN"];
        for (var i = 0; i < 20000; i++)
        {
            var line = string.Join('\t', Enumerable.Range(0, random.Next(1, 6)).Select(_ => random.Next(4) == 0 ? Noise(random) : words[random.Next(words.Length)]));
            if (AuthReply.TryParse(line, out _, out var reply) && reply is AuthReply.Ok ok) Assert.NotEmpty(ok.User);
            var handshake = new AuthHandshake();
            try
            {
                handshake.Take(line);
            }
            catch (InvalidDataException)
            {
                // The one way to refuse.
            }
            Assert.All(handshake.Mechanisms, m => Assert.InRange(m.Name.Length, 1, 20));
        }
    }

    [Theory]
    [InlineData(256, true)]
    [InlineData(257, false)]
    public void A_handshake_ends(int lines, bool isGood)
    {
        var handshake = new AuthHandshake();
        handshake.Take("VERSION\t1\t1");
        for (var i = 2; i < lines; i++) Assert.False(handshake.Take($"MECH\tX{i}"));
        if (isGood) Assert.True(handshake.Take("DONE"));
        else Assert.Throws<InvalidDataException>(() => handshake.Take("DONE"));
        Assert.Equal(64, handshake.Mechanisms.Count);
    }

    private static string Noise(Random random) => new([.. Enumerable.Range(0, random.Next(8)).Select(_ => (char)random.Next(0, 128))]);
}
