using System.Net;

namespace PolicyMTA.Smtp.Tests;

public sealed class ClientAttributeTests
{
    private static ClientAttributes Read(string words)
    {
        Assert.True(ClientAttributeParser.TryParseXclient(words.Split(' '), out var attributes, out var refusal), refusal?.ToString());
        return attributes;
    }

    [Fact]
    public void Values_are_decoded_and_what_is_unavailable_is_null()
    {
        var said = Read("name=mx+2Eexample.test ADDR=IPV6:2001:db8::1 PORT=4711 HELO=[unavailable] LOGIN=a+20b DESTADDR=192.0.2.1 DESTPORT=25 PROTO=esmtp");
        Assert.Equal(("mx.example.test", IPAddress.Parse("2001:db8::1"), 4711, "a b"), (said.Name!.Value, said.Address!.Value, said.Port!.Value, said.Login!.Value));
        Assert.Equal(("ESMTP", IPAddress.Parse("192.0.2.1"), 25), (said.Protocol!.Value, said.DestinationAddress!.Value, said.DestinationPort!.Value));
        Assert.NotNull(said.Helo);
        Assert.Null(said.Helo.Value);
        Assert.Null(said.ReverseName);
    }

    [Theory]
    [InlineData(255, true)]
    [InlineData(256, false)]
    public void A_value_has_255_characters_at_most(int length, bool isTaken) =>
        Assert.Equal(isTaken, ClientAttributeParser.TryParseXclient([$"HELO={new string('a', length)}"], out _, out _));

    [Theory]
    [InlineData("PORT=65536")]
    [InlineData("PORT=")]
    [InlineData("ADDR=1.2.3")]
    [InlineData("NAME=-x-")]
    [InlineData("NAME=a+0Ab")]
    [InlineData("HELO=+G0")]
    [InlineData("=x")]
    [InlineData("SOURCE=LOCAL")]
    public void What_is_wrong_is_refused(string word)
    {
        Assert.False(ClientAttributeParser.TryParseXclient([word], out _, out var refusal));
        Assert.Equal(501, refusal!.Code);
    }

    [Fact]
    public void Whatever_the_words_are_the_answer_is_a_value_without_control_characters_or_a_refusal()
    {
        var random = new Random(20261122);
        string[] beginnings = ["", "NAME=", "ADDR=", "ADDR=IPV6:", "HELO=", "LOGIN=", "PORT=", "PROTO=", "IDENT=", "SOURCE=", "REVERSE_NAME=", "XX="];
        const string frequent = "+0A2F[]=.:abc1é\t\0";
        var taken = 0;
        for (var i = 0; i < 100_000; i++)
        {
            var tail = new char[random.Next(20)];
            for (var c = 0; c < tail.Length; c++) tail[c] = random.Next(8) == 0 ? (char)random.Next(300) : frequent[random.Next(frequent.Length)];
            string[] words = [beginnings[i % beginnings.Length] + new string(tail)];
            foreach (var isForward in new[] { true, false })
            {
                var isRead = isForward ? ClientAttributeParser.TryParseXforward(words, out var said, out var refusal) : ClientAttributeParser.TryParseXclient(words, out said, out refusal);
                Assert.Equal(isRead, refusal is null);
                if (!isRead) continue;
                taken++;
                foreach (var value in new[] { said.Name?.Value, said.Helo?.Value, said.Login?.Value, said.Protocol?.Value, said.Ident?.Value }) Assert.DoesNotContain(value ?? "", char.IsControl);
            }
        }
        Assert.InRange(taken, 1000, 150_000);
    }
}
