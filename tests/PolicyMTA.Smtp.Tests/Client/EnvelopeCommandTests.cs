using System.Buffers;
using System.Text;
using CsCheck;
using PolicyMTA.Sdk;

namespace PolicyMTA.Smtp.Tests;

public sealed class EnvelopeCommandTests
{
    private static readonly SmtpCommandParser Parser = new(new SmtpSyntax { StrictEnvelopes = true, AllowBinaryMime = true, AllowRequireTls = true });

    private static readonly Gen<string> Words = Gen.OneOf(Gen.String[Gen.Char[' ', '~'], 1, 20], Gen.OneOf<string>("größe", "a+b=c", "\"\\\"", "日本", "..", "a@b"));

    private static string Mail(Address sender, MailParameters parameters)
    {
        var output = new ArrayBufferWriter<byte>();
        EnvelopeCommand.WriteMail(sender, parameters, output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    private static string Rcpt(Address recipient, RecipientParameters parameters)
    {
        var output = new ArrayBufferWriter<byte>();
        EnvelopeCommand.WriteRcpt(recipient, parameters, output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    [Fact]
    public void MAIL_carries_what_is_set()
    {
        Assert.Equal("MAIL FROM:<>\r\n", Mail(Address.Null, MailParameters.None));
        Assert.Equal("MAIL FROM:<alice@example.test> SIZE=455\r\n", Mail(new Address("alice", "example.test"), new MailParameters { Size = 455 }));
        Assert.Equal(
            "MAIL FROM:<\"a b\"@x.test> BODY=8BITMIME SMTPUTF8 REQUIRETLS RET=HDRS ENVID=a+2Bb AUTH=<>\r\n",
            Mail(new Address("a b", "x.test"), new MailParameters
            {
                Body = BodyType.EightBitMime, SmtpUtf8 = true, RequireTls = true, Ret = Ret.Headers, EnvelopeId = "a+b", Auth = "<>",
            }));
    }

    [Fact]
    public void RCPT_carries_what_is_set()
    {
        var bob = new Address("bob", "example.test");
        Assert.Equal("RCPT TO:<bob@example.test>\r\n", Rcpt(bob, RecipientParameters.None));
        Assert.Equal("RCPT TO:<bob@example.test> NOTIFY=NEVER\r\n", Rcpt(bob, new RecipientParameters { Notify = Notify.Never }));
        Assert.Equal(
            "RCPT TO:<bob@example.test> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;a+2Bb@x.test\r\n",
            Rcpt(bob, new RecipientParameters { Notify = Notify.Success | Notify.Delay, OriginalRecipient = "rfc822;a+b@x.test" }));
        Assert.Equal(
            "RCPT TO:<bob@example.test> ORCPT=utf-8;j\\x{F6}e@x.test\r\n",
            Rcpt(bob, new RecipientParameters { OriginalRecipient = "utf-8;jöe@x.test" }));
    }

    [Fact]
    public void An_address_can_not_smuggle_in_a_command() =>
        Assert.Throws<ArgumentException>(() => Rcpt(new Address("a\r\nRCPT TO:<b@c>", "x.test"), RecipientParameters.None));

    [Fact]
    public void What_is_written_is_read_back() =>
        Gen.Select(Words, Words, Gen.Enum<BodyType>(), Gen.Enum<Ret>(), Gen.Bool, Gen.Long[0, long.MaxValue]).Sample((local, id, body, ret, flag, size) =>
        {
            var sender = new Address(local, "größe.test");
            var parameters = new MailParameters
            {
                Size = flag ? size : null, Body = body, SmtpUtf8 = true, RequireTls = flag, Ret = ret, EnvelopeId = id, Auth = flag ? id : null,
            };
            return Equals(Parser.Parse(Line(Mail(sender, parameters))), new SmtpCommand.Mail(sender, parameters));
        }, iter: 20_000);

    [Fact]
    public void A_recipient_is_read_back() =>
        Gen.Select(Words, Words, Gen.Int[0, 7], Gen.OneOf<string>("rfc822", "utf-8", "x400")).Sample((local, original, notify, type) =>
        {
            var recipient = new Address(local, "[192.0.2.1]");
            var parameters = new RecipientParameters { Notify = (Notify)(notify << 1), OriginalRecipient = type + ";" + original };
            return Equals(Parser.Parse(Line(Rcpt(recipient, parameters))), new SmtpCommand.Rcpt(recipient, parameters));
        }, iter: 20_000);

    private static ReadOnlySequence<byte> Line(string command) => new(Encoding.UTF8.GetBytes(command[..^2]));

    [Theory]
    [InlineData("x+y=z;a+b@x.test", "x+y=z;a+2Bb@x.test")]
    [InlineData("bad type;a@x.test", "rfc822;bad+20type;a@x.test")]
    [InlineData(";a@x.test", "rfc822;;a@x.test")]
    public void The_type_of_an_original_recipient_is_never_encoded(string original, string parameter) =>
        Assert.Equal(
            $"RCPT TO:<bob@example.test> ORCPT={parameter}\r\n",
            Rcpt(new Address("bob", "example.test"), new RecipientParameters { OriginalRecipient = original }));
}
