using System.Buffers;
using System.Text;
using PolicyMTA.Sdk;
using PolicyMTA.Smtp;

namespace PolicyMTA.Fuzz.Targets;

/// <summary>
/// A command line, and before it one octet that chooses the listener's settings. The line always becomes a command, the same however it was cut; a refusal is one
/// reply; an envelope command, written by our own client, is read as the same again.
/// </summary>
internal sealed class CommandTarget : FuzzTarget
{
    private static readonly HashSet<string> Verbs = [
        "helo", "ehlo", "mail", "rcpt", "data", "bdat", "rset", "noop", "quit", "vrfy", "etrn", "starttls", "auth", "help", "xclient", "xforward", "unknown",
    ];

    private static readonly SmtpCommandParser Permissive = new(new SmtpSyntax { AllowBinaryMime = true, AllowRequireTls = true });

    private static readonly SmtpCommandParser[] Parsers = [.. Enumerable.Range(0, 64).Select(bits => new SmtpCommandParser(new SmtpSyntax
    {
        StrictEnvelopes = (bits & 1) == 0,
        AllowSmtpUtf8 = (bits & 2) == 0,
        AllowDsn = (bits & 4) == 0,
        AllowBinaryMime = (bits & 8) == 0,
        AllowRequireTls = (bits & 8) == 0,
        Allow8BitMime = (bits & 16) == 0,
        AllowSize = (bits & 32) == 0,
    }))];

    public override string Name => "command";

    public override IReadOnlyList<string> Words { get; } =
    [
        "MAIL FROM:<", "RCPT TO:<", "EHLO ", "HELO ", "BDAT ", " LAST", "AUTH PLAIN ", "AUTH LOGIN", "DATA", "RSET", "NOOP", "QUIT", "VRFY ", "ETRN ", "@", "#", "STARTTLS", "HELP",
        "XCLIENT NAME=", "XFORWARD ADDR=", "GET / HTTP/1.1", "Subject: x", "a@b.test>", "<>", "<postmaster>", "@a,@b:c@d", " SIZE=", "100", " BODY=8BITMIME", " BODY=7BIT", " BODY=BINARYMIME",
        " SMTPUTF8", " REQUIRETLS", " RET=FULL", " RET=HDRS", " ENVID=", "+2B", "+00", " AUTH=<>", " NOTIFY=NEVER", " NOTIFY=SUCCESS,FAILURE,DELAY", " ORCPT=rfc822;", " ORCPT=utf-8;", "\\x{E9}",
        "\\x{10FFFF}", "[192.0.2.1]", "[IPv6:2001:db8::1]", "xn--", "\"a b\"@c", "\\\"", "\u00c3\u00a9", "\u00e2\u0080\u00a8", "9223372036854775807", "\t", "  ",
    ];

    public override void Check(byte[] input)
    {
        if (input.Length == 0) return;
        var parser = Parsers[input[0] & 63];
        var isUtf8 = (input[0] & 64) == 0;
        var isTruncated = (input[0] & 128) != 0;
        var line = input[1..];
        var command = parser.Parse(new ReadOnlySequence<byte>(line), isUtf8, isTruncated);

        Require(Verbs.Contains(command.Verb), "the verb is none that counters know");
        Require(AreAlike(command, parser.Parse(Octets.Join(Octets.Cut(line)), isUtf8, isTruncated)), "a line in several segments is another command");
        switch (command)
        {
            case SmtpCommand.Refused refused:
                Require(refused.Reply.IsError || refused.Reply.Disconnects, "what is refused gets no refusal");
                OneReply.Check(refused.Reply);
                break;
            case SmtpCommand.Mail mail:
                CheckMail(mail, parser.Syntax);
                break;
            case SmtpCommand.Rcpt rcpt:
                CheckRcpt(rcpt);
                break;
            case SmtpCommand.Helo helo:
                Require(helo.Name.Length > 0 && !helo.Name.Any(char.IsControl), "a HELO name is empty or has control characters");
                break;
            case SmtpCommand.Ehlo ehlo:
                Require(ehlo.Name.Length > 0 && !ehlo.Name.Any(char.IsControl), "an EHLO name is empty or has control characters");
                break;
            case SmtpCommand.Bdat bdat:
                Require(bdat.Size >= 0, "a chunk has a negative size");
                break;
            case SmtpCommand.Auth auth:
                Require(auth.ToString() == "AUTH " + auth.Mechanism && !auth.Mechanism.Any(char.IsControl), "a secret shows, or a mechanism has control characters");
                break;
            case SmtpCommand.Etrn etrn:
                OneReply.Check(SmtpReplies.EtrnUnavailable(etrn.Domain));
                break;
            case SmtpCommand.Xclient xclient:
                Require(xclient.Attributes.All(word => word.Length > 0 && !word.Any(char.IsControl)), "an attribute is empty or has control characters");
                break;
        }
    }

    /// <summary>Records compare lists by reference.</summary>
    private static bool AreAlike(SmtpCommand one, SmtpCommand other) => (one, other) switch
    {
        (SmtpCommand.Xclient a, SmtpCommand.Xclient b) => a.Attributes.SequenceEqual(b.Attributes, StringComparer.Ordinal),
        (SmtpCommand.Xforward a, SmtpCommand.Xforward b) => a.Attributes.SequenceEqual(b.Attributes, StringComparer.Ordinal),
        _ => one == other,
    };

    private static void CheckMail(SmtpCommand.Mail mail, SmtpSyntax syntax)
    {
        Require(mail.Parameters.SmtpUtf8 || Ascii.IsValid(mail.Sender.Domain), "a domain outside ASCII without SMTPUTF8");
        Require(syntax.AllowDsn || (mail.Parameters.Ret == Ret.Unspecified && mail.Parameters.EnvelopeId is null), "DSN is off and used");
        Require(syntax.AllowSmtpUtf8 || !mail.Parameters.SmtpUtf8, "SMTPUTF8 is off and used");
        var output = new ArrayBufferWriter<byte>();
        EnvelopeCommand.WriteMail(mail.Sender, mail.Parameters, output);
        Require(Permissive.Parse(Line(output)) == mail, "MAIL, written and read again, is another");
    }

    private static void CheckRcpt(SmtpCommand.Rcpt rcpt)
    {
        Require(!rcpt.Recipient.IsNull, "a recipient is the null address");
        var output = new ArrayBufferWriter<byte>();
        EnvelopeCommand.WriteRcpt(rcpt.Recipient, rcpt.Parameters, output);
        Require(Permissive.Parse(Line(output), isUtf8Transaction: true) == rcpt, "RCPT, written and read again, is another");
    }

    /// <summary>What was written, which must be one line.</summary>
    private static ReadOnlySequence<byte> Line(ArrayBufferWriter<byte> output)
    {
        var wire = output.WrittenMemory;
        Require(wire.Span.EndsWith("\r\n"u8) && wire.Span[..^2].IndexOfAny("\r\n\0"u8) < 0, "a command is not one line");
        return new ReadOnlySequence<byte>(wire[..^2]);
    }
}
