using PolicyMTA.Sdk;

namespace PolicyMTA.Smtp.Tests;

public sealed class EhloKeywordsTests
{
    private static EhloKeywords Parse(params string[] lines) => EhloKeywords.Parse(new RemoteReply(250, null, ["mx.example", .. lines]));

    [Fact]
    public void Keywords_are_read_in_any_case()
    {
        var known = Parse(
            "PIPELINING", "size 20000", "StartTLS", "AUTH PLAIN login", "AUTH=LOGIN CRAM-MD5", "8BITMIME", "DSN", "SMTPUTF8", "CHUNKING", "ENHANCEDSTATUSCODES",
            "REQUIRETLS", "BINARYMIME", "X-OTHER 1", "");
        Assert.Equal(["PLAIN", "LOGIN", "CRAM-MD5"], known.AuthMechanisms);
        Assert.Equal(
            new EhloKeywords
            {
                Pipelining = true, HasSize = true, Size = 20000, StartTls = true, AuthMechanisms = known.AuthMechanisms, EightBitMime = true, Dsn = true,
                SmtpUtf8 = true, Chunking = true, EnhancedStatusCodes = true, RequireTls = true, BinaryMime = true,
            },
            known);
    }

    [Theory]
    [InlineData("SIZE")]
    [InlineData("SIZE 0")]
    [InlineData("SIZE x")]
    public void SIZE_without_a_number_is_no_limit(string line)
    {
        Assert.True(Parse(line).HasSize);
        Assert.Null(Parse(line).Size);
    }

    [Fact]
    public void The_name_of_the_server_is_no_keyword() => Assert.Equal(EhloKeywords.None, EhloKeywords.Parse(new RemoteReply(250, null, ["DSN"])));

    [Fact]
    public void Parameters_the_server_lacks_are_left_out()
    {
        var mail = new MailParameters { Size = 1, Body = BodyType.EightBitMime, Ret = Ret.Full, EnvelopeId = "x", Auth = "<>", SmtpUtf8 = true };
        Assert.Equal(new MailParameters { SmtpUtf8 = true }, EhloKeywords.None.Offered(mail));
        Assert.Equal(mail, Parse("SIZE", "8BITMIME", "DSN", "AUTH PLAIN").Offered(mail));
        var recipient = new RecipientParameters { Notify = Notify.Never };
        Assert.Equal(RecipientParameters.None, EhloKeywords.None.Offered(recipient));
        Assert.Equal(recipient, Parse("DSN").Offered(recipient));
    }
}
