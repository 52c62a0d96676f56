using System.Buffers;
using System.Text;

namespace PolicyMTA.Smtp.Tests;

/// <summary>Whatever arrives, the parsers answer; a seed makes every run the same.</summary>
public sealed class RandomOctets
{
    private const int Count = 100_000;

    private static readonly string[] Beginnings =
    [
        "", "MAIL FROM:", "MAIL FROM:<", "RCPT TO:<", "RCPT TO:<\"", "RCPT TO:<a@[IPv6:", "MAIL FROM:<a@b.test> ", "RCPT TO:<a@b.test> ORCPT=utf-8;\\x{", "RCPT TO:<@",
        "RCPT TO:<a@b.test> NOTIFY=", "MAIL FROM:<a@b.test> ENVID=+", "BDAT ", "AUTH ", "EHLO ", "ETRN ", "250", "250-",
    ];

    private static IEnumerable<byte[]> Lines()
    {
        var random = new Random(20261122);
        const string frequent = "<>@.\"\\[]:,;+=-{}x0Aé \t\r\n\0";
        for (var i = 0; i < Count; i++)
        {
            var line = new StringBuilder(Beginnings[random.Next(Beginnings.Length)]);
            for (var length = random.Next(24); length > 0; length--)
            {
                line.Append(random.Next(3) == 0 ? (char)random.Next(256) : frequent[random.Next(frequent.Length)]);
            }
            // Half of them valid UTF-8, which gets further.
            yield return i % 2 == 0 ? Encoding.Latin1.GetBytes(line.ToString()) : Encoding.UTF8.GetBytes(line.ToString());
        }
    }

    [Fact]
    public void A_command_line_always_becomes_a_command()
    {
        var parsers = new[] { true, false }.Select(isStrict => new SmtpCommandParser(new SmtpSyntax { StrictEnvelopes = isStrict })).ToArray();
        foreach (var line in Lines())
        {
            foreach (var parser in parsers)
            {
                var command = parser.Parse(new ReadOnlySequence<byte>(line), isUtf8Transaction: true);
                var address = command is SmtpCommand.Mail mail ? mail.Sender : (command as SmtpCommand.Rcpt)?.Recipient;
                if (address is not null) Assert.DoesNotContain(address.ToString(), char.IsControl);
            }
        }
    }

    [Fact]
    public void What_a_mailbox_is_read_into_is_a_mailbox_again()
    {
        foreach (var line in Lines())
        {
            var at = Array.IndexOf(line, (byte)'<') + 1;
            if (AddressSyntax.TryParseMailbox(line.AsSpan(at), out var address))
            {
                Assert.True(AddressSyntax.TryParseMailbox(address.ToEnvelope(), out var again));
                Assert.Equal(address, again);
            }
            AddressSyntax.TryParsePath(line, isStrict: false, allowsNull: true, out _);
        }
    }

    [Fact]
    public void A_reply_is_read_or_refused()
    {
        var replies = 0;
        foreach (var line in Lines())
        {
            var buffer = new ReadOnlySequence<byte>([.. line, (byte)'\n']);
            try
            {
                while (RemoteReply.TryRead(ref buffer, out var reply)) replies += EhloKeywords.Parse(reply).Dsn ? 0 : 1;
            }
            catch (SmtpProtocolException)
            {
                // The one exception it declares.
            }
        }
        Assert.NotEqual(0, replies);
    }
}
