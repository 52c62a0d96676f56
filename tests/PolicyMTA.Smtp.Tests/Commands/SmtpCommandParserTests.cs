using System.Buffers;
using System.Text;
using PolicyMTA.Sdk;

namespace PolicyMTA.Smtp.Tests;

public sealed class SmtpCommandParserTests
{
    private static readonly SmtpCommandParser Strict = new(new SmtpSyntax { StrictEnvelopes = true });
    private static readonly SmtpCommandParser Lenient = new(new SmtpSyntax());

    private static SmtpCommand Parse(string line, SmtpCommandParser? parser = null) =>
        (parser ?? Strict).Parse(new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(line)));

    [Theory]
    [InlineData("DATA", "data")]
    [InlineData("rset", "rset")]
    [InlineData("NOOP", "noop")]
    [InlineData("NOOP a\0b", "noop")]
    [InlineData("QUIT now", "quit")]
    [InlineData("  Quit ", "quit")]
    [InlineData("STARTTLS", "starttls")]
    [InlineData("HELP MAIL", "help")]
    public void A_fixed_command_is_always_the_same_value(string line, string verb)
    {
        var command = Parse(line);
        Assert.Same(Parse(line.ToUpperInvariant()), command);
        Assert.Equal(verb, command.Verb);
        Assert.IsNotType<SmtpCommand.Refused>(command);
    }

    [Theory]
    [InlineData("", "unknown", "500 5.5.2 Error: bad syntax")]
    [InlineData("   ", "unknown", "500 5.5.2 Error: bad syntax")]
    [InlineData("FOO BAR", "unknown", "500 5.5.2 Error: command not recognized")]
    [InlineData("EXPN sales", "unknown", "500 5.5.2 Error: command not recognized")]
    [InlineData("SEND FROM:<a@good.test>", "unknown", "500 5.5.2 Error: command not recognized")]
    [InlineData("NO\rOP", "unknown", "500 5.5.2 Error: command not recognized")]
    [InlineData("GET / HTTP/1.0", "unknown", "221 2.7.0 Error: I can break rules, too. Goodbye.")]
    [InlineData("post /x HTTP/1.1", "unknown", "221 2.7.0 Error: I can break rules, too. Goodbye.")]
    [InlineData("CONNECT www.example:80 HTTP/1.1", "unknown", "221 2.7.0 Error: I can break rules, too. Goodbye.")]
    [InlineData("Subject: hello", "unknown", "221 2.7.0 Error: I can break rules, too. Goodbye.")]
    [InlineData("X-Foo:bar", "unknown", "221 2.7.0 Error: I can break rules, too. Goodbye.")]
    [InlineData("\u0016\u0003\u0001", "unknown", "221 2.7.0 Error: I can break rules, too. Goodbye.")]
    [InlineData("HELO", "helo", "501 Syntax: HELO hostname")]
    [InlineData("EHLO ", "ehlo", "501 Syntax: EHLO hostname")]
    [InlineData("DATA x", "data", "501 5.5.4 Syntax: DATA")]
    [InlineData("RSET x", "rset", "501 5.5.4 Syntax: RSET")]
    [InlineData("STARTTLS x", "starttls", "501 5.5.4 Syntax: STARTTLS")]
    [InlineData("BDAT", "bdat", "521 5.5.4 Syntax: BDAT count [LAST]")]
    [InlineData("BDAT abc", "bdat", "521 5.5.4 Syntax: BDAT count [LAST]")]
    [InlineData("BDAT 10\0", "bdat", "521 5.5.4 Syntax: BDAT count [LAST]")]
    [InlineData("BDAT -1 LAST", "bdat", "521 5.5.4 Syntax: BDAT count [LAST]")]
    [InlineData("BDAT 0 FIRST", "bdat", "521 5.5.4 Syntax: BDAT count [LAST]")]
    [InlineData("BDAT 0 LAST x", "bdat", "521 5.5.4 Syntax: BDAT count [LAST]")]
    [InlineData("BDAT 99999999999999999999", "bdat", "521 5.5.4 Syntax: BDAT count [LAST]")]
    [InlineData("AUTH", "auth", "501 5.5.4 Syntax: AUTH mechanism")]
    [InlineData("AUTH PLAIN a b c", "auth", "501 5.5.4 Syntax: AUTH mechanism")]
    [InlineData("ETRN", "etrn", "500 Syntax: ETRN domain")]
    [InlineData("ETRN a b", "etrn", "500 Syntax: ETRN domain")]
    [InlineData("ETRN a..b", "etrn", "501 Error: invalid parameter syntax")]
    [InlineData("MAIL", "mail", "501 5.5.4 Syntax: MAIL FROM:<address>")]
    [InlineData("MAIL FROM", "mail", "501 5.5.4 Syntax: MAIL FROM:<address>")]
    [InlineData("MAIL FROM:", "mail", "501 5.5.4 Syntax: MAIL FROM:<address>")]
    [InlineData("MAIL TO:<joe@good.test>", "mail", "501 5.5.4 Syntax: MAIL FROM:<address>")]
    [InlineData("MAIL FROM <joe@good.test>", "mail", "501 5.5.4 Syntax: MAIL FROM:<address>")]
    [InlineData("MAIL FROM:joe@good.test", "mail", "501 5.1.7 Bad sender address syntax")]
    [InlineData("MAIL FROM:<joe@good.test", "mail", "501 5.1.7 Bad sender address syntax")]
    [InlineData("MAIL FROM:joe@good.test>", "mail", "501 5.1.7 Bad sender address syntax")]
    [InlineData("MAIL FROM:<Joe Doe <joe@good.test>>", "mail", "501 5.1.7 Bad sender address syntax")]
    [InlineData("MAIL FROM:<joe doe@good.test>", "mail", "501 5.1.7 Bad sender address syntax")]
    [InlineData("MAIL FROM:<joe@good.test>SIZE=100", "mail", "501 5.1.7 Bad sender address syntax")]
    [InlineData("MAIL FROM:<jo\0e@good.test>", "mail", "501 5.1.7 Bad sender address syntax")]
    [InlineData("MAIL FROM:<joe@a..b>", "mail", "501 5.1.7 Bad sender address syntax")]
    [InlineData("MAIL FROM:<@good.test>", "mail", "501 5.1.7 Bad sender address syntax")]
    [InlineData("MAIL FROM:<\"\">", "mail", "501 5.1.7 Bad sender address syntax")]
    [InlineData("MAIL FROM:<joe@exämple.test>", "mail", "501 5.1.7 Bad sender address syntax")]
    [InlineData("MAIL FROM:<joe@good.test> SIZE=abc", "mail", "501 5.5.4 Bad message size syntax")]
    [InlineData("MAIL FROM:<joe@good.test> SIZE=", "mail", "501 5.5.4 Bad message size syntax")]
    [InlineData("MAIL FROM:<joe@good.test> SIZE=100\0", "mail", "501 5.5.4 Bad message size syntax")]
    [InlineData("MAIL FROM:<joe@[192.0.2.1\0]>", "mail", "501 5.1.7 Bad sender address syntax")]
    [InlineData("MAIL FROM:<joe@gr\u00f6\u009fe.test> SMTPUTF8", "mail", "501 5.1.7 Bad sender address syntax")]
    [InlineData("MAIL FROM:<joe@gr\u00f6\u3002test> SMTPUTF8", "mail", "501 5.1.7 Bad sender address syntax")]
    [InlineData("MAIL FROM:<joe@gr\u00f6\u200e.test> SMTPUTF8", "mail", "501 5.1.7 Bad sender address syntax")]
    [InlineData("MAIL FROM:<joe@good.test> SIZE=-1", "mail", "501 5.5.4 Bad message size syntax")]
    [InlineData("MAIL FROM:<joe@good.test> RET=SOME", "mail", "501 5.5.4 Bad RET parameter syntax")]
    [InlineData("MAIL FROM:<joe@good.test> RET=HDRS RET=FULL", "mail", "501 5.5.4 Bad RET parameter syntax")]
    [InlineData("MAIL FROM:<joe@good.test> ENVID=a+zz", "mail", "501 5.5.4 Bad ENVID parameter syntax")]
    [InlineData("MAIL FROM:<joe@good.test> ENVID=a+4", "mail", "501 5.5.4 Bad ENVID parameter syntax")]
    [InlineData("MAIL FROM:<joe@good.test> ENVID=a+0D+0A", "mail", "501 5.5.4 Bad ENVID parameter syntax")]
    [InlineData("MAIL FROM:<joe@good.test> ENVID=", "mail", "501 5.5.4 Bad ENVID parameter syntax")]
    [InlineData("MAIL FROM:<joe@good.test> ENVID=a ENVID=b", "mail", "501 5.5.4 Bad ENVID parameter syntax")]
    [InlineData("MAIL FROM:<joe@good.test> FOO=BAR", "mail", "555 5.5.4 Unsupported option: FOO=BAR")]
    [InlineData("MAIL FROM:<joe@good.test> FOO", "mail", "555 5.5.4 Unsupported option: FOO")]
    [InlineData("MAIL FROM:<joe@good.test> BODY=BINARYMIME", "mail", "555 5.5.4 Unsupported option: BODY=BINARYMIME")]
    [InlineData("MAIL FROM:<joe@good.test> SMTPUTF8=x", "mail", "555 5.5.4 Unsupported option: SMTPUTF8=x")]
    [InlineData("MAIL FROM:<joe@good.test> REQUIRETLS", "mail", "555 5.5.4 Unsupported option: REQUIRETLS")]
    [InlineData("RCPT", "rcpt", "501 5.5.4 Syntax: RCPT TO:<address>")]
    [InlineData("RCPT TO:", "rcpt", "501 5.5.4 Syntax: RCPT TO:<address>")]
    [InlineData("RCPT FROM:<alice@example.test>", "rcpt", "501 5.5.4 Syntax: RCPT TO:<address>")]
    [InlineData("RCPT TO:<>", "rcpt", "501 5.1.3 Bad recipient address syntax")]
    [InlineData("RCPT TO:alice@example.test", "rcpt", "501 5.1.3 Bad recipient address syntax")]
    [InlineData("RCPT TO:<alice example.test>", "rcpt", "501 5.1.3 Bad recipient address syntax")]
    [InlineData("RCPT TO:<alice@exämple.test>", "rcpt", "501 5.1.3 Bad recipient address syntax")]
    [InlineData("RCPT TO:<a@xn--->", "rcpt", "501 5.1.3 Bad recipient address syntax")]
    [InlineData("RCPT TO:<b@x.test> NOTIFY=NEVER,SUCCESS", "rcpt", "501 5.5.4 Error: Bad NOTIFY parameter syntax")]
    [InlineData("RCPT TO:<b@x.test> NOTIFY=BOGUS", "rcpt", "501 5.5.4 Error: Bad NOTIFY parameter syntax")]
    [InlineData("RCPT TO:<b@x.test> NOTIFY=", "rcpt", "501 5.5.4 Error: Bad NOTIFY parameter syntax")]
    [InlineData("RCPT TO:<b@x.test> NOTIFY=SUCCESS NOTIFY=FAILURE", "rcpt", "501 5.5.4 Error: Bad NOTIFY parameter syntax")]
    [InlineData("RCPT TO:<b@x.test> ORCPT=bogus", "rcpt", "501 5.5.4 Error: Bad ORCPT parameter syntax")]
    [InlineData("RCPT TO:<b@x.test> ORCPT=;bogus", "rcpt", "501 5.5.4 Error: Bad ORCPT parameter syntax")]
    [InlineData("RCPT TO:<b@x.test> ORCPT=rfc822;a+zz", "rcpt", "501 5.5.4 Error: Bad ORCPT parameter syntax")]
    [InlineData("RCPT TO:<b@x.test> ORCPT=utf-8;a\\x{D800}", "rcpt", "501 5.5.4 Error: Bad ORCPT parameter syntax")]
    [InlineData("RCPT TO:<b@x.test> FOO=BAR", "rcpt", "555 5.5.4 Unsupported option: FOO=BAR")]
    public void A_wrong_line_is_refused_in_the_words_of_postfix(string line, string verb, string reply)
    {
        var refused = Assert.IsType<SmtpCommand.Refused>(Parse(line));
        Assert.Equal(verb, refused.Verb);
        Assert.Equal(reply, refused.Reply.ToString());
    }

    [Theory]
    [InlineData("MAIL FROM:<joe@good.test>", "joe", "good.test")]
    [InlineData("mail from:<joe@good.test> ", "joe", "good.test")]
    [InlineData("MAIL FROM: <joe@good.test>", "joe", "good.test")]
    [InlineData("MAIL FROM:<>", "", "")]
    [InlineData("MAIL FROM:<joe>", "joe", "")]
    [InlineData("MAIL FROM:<@a.test,@[192.0.2.1],@[IPv6:::1]:joe@good.test>", "joe", "good.test")]
    [InlineData("MAIL FROM:<\"joe doe\"@good.test>", "joe doe", "good.test")]
    [InlineData("MAIL FROM:<\"a\\\"b>@c\"@good.test>", "a\"b>@c", "good.test")]
    [InlineData("MAIL FROM:<\"joe\"@good.test>", "joe", "good.test")]
    [InlineData("MAIL FROM:<joe@good.test.>", "joe", "good.test")]
    [InlineData("MAIL FROM:<joe@under_score.test>", "joe", "under_score.test")]
    [InlineData("MAIL FROM:<joe@[192.0.2.1]>", "joe", "[192.0.2.1]")]
    [InlineData("MAIL FROM:<JOE@Good.Test>", "JOE", "Good.Test")]
    [InlineData("MAIL FROM:<jöe@good.test>", "jöe", "good.test")]
    [InlineData("MAIL FROM:<jöe@größe.test> SMTPUTF8", "jöe", "größe.test")]
    public void A_sender_is_read_into_its_internal_form(string line, string local, string domain) =>
        Assert.Equal(new Address(local, domain), Assert.IsType<SmtpCommand.Mail>(Parse(line)).Sender);

    [Theory]
    [InlineData("RCPT TO:<alice@example.test>", "alice", "example.test")]
    [InlineData("RCPT TO: <alice@example.test>", "alice", "example.test")]
    [InlineData("RCPT TO:<alice@example.test.>", "alice", "example.test")]
    [InlineData("RCPT TO:<@good.test:alice@example.test>", "alice", "example.test")]
    [InlineData("RCPT TO:<postmaster>", "postmaster", "")]
    [InlineData("RCPT TO:<alice@[IPv6:2001:db8::1]>", "alice", "[IPv6:2001:db8::1]")]
    [InlineData("RCPT TO:<x%remote.test@example.test>", "x%remote.test", "example.test")]
    [InlineData("RCPT TO:<älice@example.test>", "älice", "example.test")]
    public void A_recipient_is_read_into_its_internal_form(string line, string local, string domain) =>
        Assert.Equal(new Address(local, domain), Assert.IsType<SmtpCommand.Rcpt>(Parse(line)).Recipient);

    [Theory]
    [InlineData("RCPT TO:alice@example.test", "alice", "example.test")]
    [InlineData("RCPT TO: alice@example.test NOTIFY=NEVER", "alice", "example.test")]
    [InlineData("RCPT TO:\"a b\"@example.test", "a b", "example.test")]
    [InlineData("RCPT TO:<a..b.@example.test>", "a..b.", "example.test")]
    public void Without_strict_envelopes_brackets_and_dots_do_not_matter(string line, string local, string domain)
    {
        Assert.IsType<SmtpCommand.Refused>(Parse(line));
        Assert.Equal(new Address(local, domain), Assert.IsType<SmtpCommand.Rcpt>(Parse(line, Lenient)).Recipient);
    }

    [Fact]
    public void An_overlong_local_part_may_send_but_not_receive()
    {
        var local = new string('l', 65);
        Assert.IsType<SmtpCommand.Mail>(Parse($"MAIL FROM:<{new string('l', 300)}@good.test>"));
        Assert.IsType<SmtpCommand.Refused>(Parse($"RCPT TO:<{local}@good.test>"));
        Assert.IsType<SmtpCommand.Rcpt>(Parse($"RCPT TO:<{local[..64]}@good.test>"));
        Assert.IsType<SmtpCommand.Rcpt>(Parse($"RCPT TO:<{local}@good.test>", Lenient));
    }

    [Fact]
    public void An_internationalized_recipient_domain_needs_an_smtputf8_transaction()
    {
        var line = new ReadOnlySequence<byte>("RCPT TO:<älice@größe.test>"u8.ToArray());
        Assert.IsType<SmtpCommand.Refused>(Strict.Parse(line));
        Assert.Equal(new Address("älice", "größe.test"), Assert.IsType<SmtpCommand.Rcpt>(Strict.Parse(line, isUtf8Transaction: true)).Recipient);
    }

    [Fact]
    public void All_parameters_of_MAIL_are_read()
    {
        var parser = new SmtpCommandParser(new SmtpSyntax { AllowBinaryMime = true, AllowRequireTls = true });
        var command = Parse("MAIL FROM:<a@b.test> SIZE=1000 size=2000 BODY=BINARYMIME SMTPUTF8 requiretls RET=hdrs ENVID=a+2Bb AUTH=<>", parser);
        Assert.Equal(
            new MailParameters
            {
                Size = 2000, Body = BodyType.BinaryMime, SmtpUtf8 = true, RequireTls = true, Ret = Ret.Headers, EnvelopeId = "a+b", Auth = "<>",
            },
            Assert.IsType<SmtpCommand.Mail>(command).Parameters);
    }

    [Fact]
    public void All_parameters_of_RCPT_are_read()
    {
        var command = Parse("RCPT TO:<a@b.test> NOTIFY=success,FAILURE,DELAY ORCPT=rfc822;a+2Bx@b.test");
        Assert.Equal(
            new RecipientParameters { Notify = Notify.Success | Notify.Failure | Notify.Delay, OriginalRecipient = "rfc822;a+x@b.test" },
            Assert.IsType<SmtpCommand.Rcpt>(command).Parameters);
    }

    [Fact]
    public void A_unicode_original_recipient_is_resolved() =>
        Assert.Equal(
            "utf-8;jöe+\\@b.test",
            Assert.IsType<SmtpCommand.Rcpt>(Parse("RCPT TO:<a@b.test> ORCPT=utf-8;j\\x{F6}e+2B\\x{5C}@b.test")).Parameters.OriginalRecipient);

    [Fact]
    public void Parameters_that_were_not_offered_are_refused()
    {
        var parser = new SmtpCommandParser(new SmtpSyntax { AllowDsn = false, AllowSmtpUtf8 = false, Allow8BitMime = false, AllowSize = false });
        Assert.Equal("555 5.5.4 Unsupported option: SMTPUTF8", Reply("MAIL FROM:<a@b.test> SMTPUTF8"));
        Assert.Equal("555 5.5.4 Unsupported option: BODY=8BITMIME", Reply("MAIL FROM:<a@b.test> BODY=8BITMIME"));
        Assert.Equal("555 5.5.4 Unsupported option: SIZE=1", Reply("MAIL FROM:<a@b.test> SIZE=1"));
        Assert.Equal("501 5.7.1 DSN support is disabled", Reply("RCPT TO:<a@b.test> NOTIFY=NEVER"));

        string Reply(string line) => Assert.IsType<SmtpCommand.Refused>(Parse(line, parser)).Reply.ToString();
    }

    [Theory]
    [InlineData("LHLO client.example", "lhlo", null)]
    [InlineData("LHLO", "lhlo", "501 Syntax: LHLO hostname")]
    [InlineData("EHLO client.example", "unknown", "500 5.5.2 Error: command not recognized")]
    [InlineData("HELO client.example", "unknown", "500 5.5.2 Error: command not recognized")]
    public void Lmtp_has_a_greeting_of_its_own(string line, string verb, string? reply)
    {
        var command = Parse(line, new SmtpCommandParser(new SmtpSyntax { IsLmtp = true }));
        Assert.Equal((verb, reply), (command.Verb, (command as SmtpCommand.Refused)?.Reply.ToString()));
    }

    [Theory]
    [InlineData("VRFY", "501 5.5.4 Syntax: VRFY address")]
    [InlineData("VRFY <alice@example.test> more", "501 5.5.4 Syntax: VRFY address")]
    [InlineData("VRFY <alice@example.test", "501 5.1.3 Bad recipient address syntax")]
    [InlineData("VRFY <>", "501 5.1.3 Bad recipient address syntax")]
    [InlineData("VRFY @example.test", "501 5.1.3 Bad recipient address syntax")]
    [InlineData("VRFY alice@b\u00fccher.example", "501 5.1.3 Bad recipient address syntax")]
    [InlineData("VRFY alice@b\u00fccher.example SMTPUTF8", null)]
    [InlineData("VRFY <\"a b\"@example.test>", null)]
    [InlineData("VRFY alice", null)]
    public void Vrfy_takes_an_address_with_or_without_brackets(string line, string? reply) => Assert.Equal(reply, (Parse(line) as SmtpCommand.Refused)?.Reply.ToString());

    [Theory]
    [InlineData("MAIL FROM:<j\u00f6e@good.test>", "501 5.1.7 Bad sender address syntax")]
    [InlineData("MAIL FROM:<j\u00f6e@good.test> SMTPUTF8", null)]
    [InlineData("RCPT TO:<j\u00f6e@good.test>", "501 5.1.3 Bad recipient address syntax")]
    [InlineData("RCPT TO:<joe@good.test>", null)]
    public void Strict_smtputf8_asks_for_its_parameter(string line, string? reply) =>
        Assert.Equal(reply, (Parse(line, new SmtpCommandParser(new SmtpSyntax { StrictSmtpUtf8 = true })) as SmtpCommand.Refused)?.Reply.ToString());

    [Fact]
    public void Arguments_are_kept()
    {
        Assert.Equal(new SmtpCommand.Ehlo("a b c"), Parse("EHLO a b c"));
        Assert.Equal(new SmtpCommand.Helo("......"), Parse("helo ......"));
        Assert.Equal(new SmtpCommand.Helo("a?b"), Parse("HELO a\u0007b"));
        Assert.Equal(new SmtpCommand.Bdat(36, false), Parse("BDAT 36"));
        Assert.Equal(new SmtpCommand.Bdat(0, true), Parse("bdat 0 last"));
        Assert.Equal(new SmtpCommand.Vrfy(new Address("alice", "example.test")), Parse("VRFY alice@example.test"));
        Assert.Equal(new SmtpCommand.Etrn("example.test"), Parse("ETRN @example.test"));
        Assert.Equal(new SmtpCommand.Auth("LOGIN", null), Parse("AUTH login"));
        Assert.Equal(new SmtpCommand.Auth("PLAIN", "="), Parse("AUTH PLAIN ="));
        Assert.Equal(["NAME=spike.example", "ADDR=192.0.2.3"], Assert.IsType<SmtpCommand.Xclient>(Parse("XCLIENT NAME=spike.example ADDR=192.0.2.3")).Attributes);
    }

    [Fact]
    public void A_secret_does_not_show_in_the_text_of_a_command() =>
        Assert.DoesNotContain("AGFsaWNl", Parse("AUTH PLAIN AGFsaWNl").ToString(), StringComparison.Ordinal);

    [Fact]
    public void Octets_that_are_no_UTF8_are_refused() =>
        Assert.Same(SmtpReplies.BadUtf8, Assert.IsType<SmtpCommand.Refused>(Strict.Parse(Bytes.Sequence("MAIL FROM:<j\u00f6e@good.test>"))).Reply);

    [Theory]
    [InlineData("NOOP xxxxx", "noop", null)]
    [InlineData("MAIL FROM:<a@b.test> SIZE=12", "mail", "500 5.5.2 Error: line too long")]
    [InlineData("EHLO eeee", "ehlo", "500 5.5.2 Error: line too long")]
    [InlineData("GET /aaaa", "unknown", "221 2.7.0 Error: I can break rules, too. Goodbye.")]
    public void Half_a_line_passes_only_where_its_argument_means_nothing(string line, string verb, string? reply)
    {
        var command = Strict.Parse(Bytes.Sequence(line), isTruncated: true);
        Assert.Equal(verb, command.Verb);
        Assert.Equal(reply, (command as SmtpCommand.Refused)?.Reply.ToString());
    }

    [Theory]
    [InlineData("MAIL FROM:<\"a b\"@good.test> SIZE=1000 BODY=8BITMIME")]
    [InlineData("RCPT TO:<alice@example.test> NOTIFY=NEVER")]
    [InlineData("EHLO mail.good.test")]
    public void Segments_change_nothing(string line)
    {
        var whole = Parse(line);
        var octets = Encoding.UTF8.GetBytes(line);
        for (var cut = 0; cut <= octets.Length; cut++) Assert.Equal(whole, Strict.Parse(Bytes.Segments(octets[..cut], octets[cut..])));
    }
}
