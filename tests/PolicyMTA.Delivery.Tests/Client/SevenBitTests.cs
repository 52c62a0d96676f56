using System.Text;
using PolicyMTA.Delivery.Client;
using PolicyMTA.Delivery.Tests.Support;
using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Tests.Client;

/// <summary>8-bit mail for servers that do not say that they take it (RFC 6152 §3).</summary>
public sealed class SevenBitTests
{
    private const string Head = "From: joe@good.test\nTo: x@remote.test\nSubject:  odd   spaces stay\nMIME-Version: 1.0\n";
    private const string Session = "S: 220 hi\nC: EHLO *\nS: 250-hi\nS: 250-SIZE 100000\nS: 250 PIPELINING\n";
    private const string Taken = "C: MAIL *\nC: RCPT *\nC: DATA\nS: 250 ok\nS: 250 ok\nS: 354 go\nC: ...\nS: 250 2.0.0 taken\n";

    [Fact]
    public async Task Text_becomes_quoted_printable_and_says_so()
    {
        var (outcome, content) = await SendAsync(Head + "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\nder Wald ist grün\n.punkt\nund noch eine Zeile, die nur aus ASCII besteht\n");
        Assert.Equal(DeliveryAction.Delivered, outcome.Action);
        Assert.Contains("Content-Transfer-Encoding: quoted-printable\r\n", content, StringComparison.Ordinal);
        Assert.Contains("ist gr=C3=BCn\r\n..punkt\r\n", content, StringComparison.Ordinal);
        Assert.Contains("Subject:  odd   spaces stay\r\n", content, StringComparison.Ordinal);
        Assert.True(Ascii.IsValid(content));
    }

    [Fact]
    public async Task Size_is_that_of_what_is_sent()
    {
        await using var server = ScriptedServer.Start(Session + Taken);
        await using var office = new Office();
        await office.SendAsync(Post.Message(Head + "Content-Type: text/plain; charset=utf-8\n\n" + new string('ü', 100) + "\n"), $"[127.0.0.1]:{server.Port}", "smtp", "x@remote.test");
        Assert.Equal($"MAIL FROM:<joe@good.test> SIZE={server.Contents[0].Replace("\r\n..", "\r\n.").Length}", server.Heard[1]);
    }

    [Fact]
    public async Task Parts_that_are_seven_bit_stay_as_they_are()
    {
        var (_, content) = await SendAsync(Head + "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nplain  as   it was\n--b\nContent-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n<p>grün</p>\n--b--\n");
        Assert.Contains("\r\n\r\nplain  as   it was\r\n--b\r\n", content, StringComparison.Ordinal);
        Assert.True(Ascii.IsValid(content));
    }

    [Theory]
    [InlineData("multipart/signed; boundary=b; protocol=\"application/pgp-signature\"; micalg=pgp-sha256")]
    [InlineData("multipart/encrypted; boundary=b; protocol=\"application/pgp-encrypted\"")]
    public async Task What_is_signed_or_encrypted_is_returned_and_not_broken(string type)
    {
        var (outcome, content) = await SendAsync(Head + $"Content-Type: {type}\n\n--b\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\ngrün\n--b\nContent-Type: application/pgp-signature\n\nx\n--b--\n", isTaken: false);
        Assert.Equal((DeliveryAction.Failed, "5.6.3", "8BITMIME is required, but was not offered by host 127.0.0.1[127.0.0.1]"), (outcome.Action, outcome.Status.ToString(), outcome.Text));
        Assert.Equal("", content);
    }

    [Fact]
    public async Task Header_beyond_ascii_alone_changes_nothing()
    {
        var (outcome, content) = await SendAsync("From: joe@good.test\nSubject: grün\n\nplain\n");
        Assert.Equal((DeliveryAction.Delivered, "From: joe@good.test\r\nSubject: grün\r\n\r\nplain\r\n"), (outcome.Action, content));
    }

    [Fact]
    public async Task Conversion_may_be_turned_off()
    {
        var text = Head + "Content-Type: text/plain; charset=utf-8\n\ngrün\n";
        var (_, content) = await SendAsync(text, new ClientSettings { SendsEightBitAnyway = true });
        Assert.Equal(text.ReplaceLineEndings("\r\n"), content);
    }

    [Fact]
    public async Task Server_that_takes_it_gets_it_unchanged()
    {
        var text = Head + "Content-Type: text/plain; charset=utf-8\n\ngrün\n";
        await using var server = ScriptedServer.Start(Session.Replace("S: 250 PIPELINING", "S: 250-8BITMIME\nS: 250 PIPELINING") + Taken);
        await using var office = new Office();
        await office.SendAsync(Post.Message(text), $"[127.0.0.1]:{server.Port}", "smtp", "x@remote.test");
        Assert.Equal(text.ReplaceLineEndings("\r\n"), server.Contents[0]);
    }

    [Fact]
    public async Task Any_bytes_are_converted_or_refused()
    {
        var random = new Random(6152);
        string[] pieces = ["Content-Type: multipart/mixed; boundary=b\r\n", "--b\r\n", "--b--\r\n", "\r\n", "Content-Transfer-Encoding: base64\r\n", "Content-Transfer-Encoding: 8bit\r\n", "Content-Type: message/rfc822\r\n", "ü", "text", new string('ä', 2000), ": "];
        for (var i = 0; i < 500; i++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(20)).Select(_ => pieces[random.Next(pieces.Length)]));
            var converted = await SevenBitConverter.ConvertAsync(new MemoryContent(Encoding.UTF8.GetBytes(text)), CancellationToken.None);
            if (converted is not null) Assert.False(await SevenBitConverter.IsEightBitAsync(converted, CancellationToken.None), text);
        }
    }

    private static async Task<(RecipientOutcome Outcome, string Content)> SendAsync(string text, ClientSettings? settings = null, bool isTaken = true)
    {
        await using var server = ScriptedServer.Start(Session + (isTaken ? Taken : "HANG"));
        await using var office = new Office(Office.Settings() with { Smtp = settings ?? new ClientSettings() });
        var outcome = (await office.SendAsync(Post.Message(text), $"[127.0.0.1]:{server.Port}", "smtp", "x@remote.test"))[0];
        return (outcome, server.Contents.FirstOrDefault() ?? "");
    }
}
