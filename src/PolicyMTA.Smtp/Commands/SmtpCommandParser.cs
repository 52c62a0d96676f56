using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Unicode;

namespace PolicyMTA.Smtp;

/// <summary>Turns command lines into values. Stateless and thread-safe; never throws, whatever the bytes.</summary>
public sealed class SmtpCommandParser(SmtpSyntax syntax)
{
    private const int StackLimit = 1024;

    private static readonly SmtpCommand Empty = new SmtpCommand.Refused("unknown", SmtpReplies.BadSyntax);
    private static readonly SmtpCommand Unknown = new SmtpCommand.Refused("unknown", SmtpReplies.NotRecognized);
    private static readonly SmtpCommand NotSmtp = new SmtpCommand.Refused("unknown", SmtpReplies.NotSmtp);
    private static readonly SmtpCommand BadBdat = new SmtpCommand.Refused("bdat", SmtpReplies.BdatSyntax);
    private static readonly SmtpCommand NotUtf8 = new SmtpCommand.Refused("unknown", SmtpReplies.BadUtf8);

    public SmtpSyntax Syntax { get; } = syntax;

    /// <param name="line">The line without its end.</param>
    /// <param name="isUtf8Transaction">The transaction's MAIL had SMTPUTF8, so that RCPT may name internationalized domains.</param>
    /// <param name="isTruncated">The line was longer than the limit and this is its beginning.</param>
    public SmtpCommand Parse(ReadOnlySequence<byte> line, bool isUtf8Transaction = false, bool isTruncated = false)
    {
        SmtpCommand command;
        if (line.IsSingleSegment)
        {
            command = Parse(line.FirstSpan, isUtf8Transaction);
        }
        else
        {
            Span<byte> copy = line.Length <= StackLimit ? stackalloc byte[(int)line.Length] : new byte[line.Length];
            line.CopyTo(copy);
            command = Parse(copy, isUtf8Transaction);
        }
        return isTruncated ? Truncated(command) : command;
    }

    /// <summary>Half an address or parameter must not pass for a whole one; where the argument means nothing, its loss means nothing either.</summary>
    private static SmtpCommand Truncated(SmtpCommand command) => command switch
    {
        SmtpCommand.Noop or SmtpCommand.Quit or SmtpCommand.Help => command,
        SmtpCommand.Refused { Reply.Disconnects: true } => command,
        _ => new SmtpCommand.Refused(command.Verb, SmtpReplies.LineTooLong),
    };

    private SmtpCommand Parse(ReadOnlySpan<byte> line, bool isUtf8Transaction)
    {
        if (!Utf8.IsValid(line)) return NotUtf8;
        var words = new CommandWords(line);
        if (!words.TryNext(out var verb)) return Empty;
        return Ascii.IsValid(verb) && verb.Length <= 8 ? Parse(verb, words, isUtf8Transaction, line) : Unrecognized(verb, line);
    }

    private SmtpCommand Parse(ReadOnlySpan<byte> verb, CommandWords words, bool isUtf8Transaction, ReadOnlySpan<byte> line)
    {
        Span<char> upper = stackalloc char[verb.Length];
        Ascii.ToUpper(verb, upper, out _);
        return upper switch
        {
            "RCPT" => EnvelopeParser.Rcpt(words.Rest, Syntax, isUtf8Transaction),
            "MAIL" => EnvelopeParser.Mail(words.Rest, Syntax),
            "DATA" => words.IsEmpty ? SmtpCommand.Data.Instance : Refuse("data", SmtpReplies.DataSyntax),
            "BDAT" => Bdat(words),
            "EHLO" when !Syntax.IsLmtp => words.IsEmpty ? Refuse("ehlo", SmtpReplies.EhloSyntax) : new SmtpCommand.Ehlo(Text(words.Rest)),
            "HELO" when !Syntax.IsLmtp => words.IsEmpty ? Refuse("helo", SmtpReplies.HeloSyntax) : new SmtpCommand.Helo(Text(words.Rest)),
            "LHLO" when Syntax.IsLmtp => words.IsEmpty ? Refuse("lhlo", SmtpReplies.LhloSyntax) : new SmtpCommand.Lhlo(Text(words.Rest)),
            "RSET" => words.IsEmpty ? SmtpCommand.Rset.Instance : Refuse("rset", SmtpReplies.RsetSyntax),
            "NOOP" => SmtpCommand.Noop.Instance,
            "QUIT" => SmtpCommand.Quit.Instance,
            "STARTTLS" => words.IsEmpty ? SmtpCommand.StartTls.Instance : Refuse("starttls", SmtpReplies.StartTlsSyntax),
            "AUTH" => Auth(words),
            "VRFY" => EnvelopeParser.Vrfy(words.Rest, Syntax),
            "ETRN" => Etrn(words),
            "HELP" => SmtpCommand.Help.Instance,
            "XCLIENT" => new SmtpCommand.Xclient(All(words)),
            "XFORWARD" => new SmtpCommand.Xforward(All(words)),
            "GET" or "POST" or "CONNECT" => NotSmtp,
            _ => Unrecognized(verb, line),
        };
    }

    /// <summary>Web requests, TLS records and header fields come from clients that do not speak SMTP, or were made to speak it by someone else.</summary>
    private static SmtpCommand Unrecognized(ReadOnlySpan<byte> verb, ReadOnlySpan<byte> line) =>
        !char.IsAsciiLetter((char)verb[0]) || IsHeaderField(line) ? NotSmtp : Unknown;

    private static bool IsHeaderField(ReadOnlySpan<byte> line)
    {
        var colon = line.IndexOf((byte)':');
        if (colon < 0) return false;
        var name = line[..colon].TrimEnd(" \t"u8);
        return name.Length > 0 && !name.ContainsAnyExceptInRange((byte)'!', (byte)'~');
    }

    private static SmtpCommand Bdat(CommandWords words)
    {
        if (!words.TryNext(out var count) || !TryNumber(count, out var size)) return BadBdat;
        if (words.IsEmpty) return new SmtpCommand.Bdat(size, IsLast: false);
        return words.TryLast(out var last) && Ascii.EqualsIgnoreCase(last, "LAST"u8) ? new SmtpCommand.Bdat(size, IsLast: true) : BadBdat;
    }

    private static SmtpCommand Auth(CommandWords words)
    {
        if (!words.TryNext(out var mechanism)) return Refuse("auth", SmtpReplies.AuthSyntax);
        var name = Text(mechanism).ToUpperInvariant();
        if (words.IsEmpty) return new SmtpCommand.Auth(name, null);
        return words.TryLast(out var response)
            ? new SmtpCommand.Auth(name, Encoding.UTF8.GetString(response))
            : Refuse("auth", SmtpReplies.AuthSyntax);
    }

    private static SmtpCommand Etrn(CommandWords words)
    {
        if (!words.TryLast(out var argument)) return Refuse("etrn", SmtpReplies.EtrnSyntax);
        var domain = argument[0] is (byte)'@' or (byte)'#' ? argument[1..] : argument;
        return DomainSyntax.IsHostname(domain) || AddressLiteral.IsValid(domain)
            ? new SmtpCommand.Etrn(Text(domain))
            : Refuse("etrn", SmtpReplies.EtrnBadParameter);
    }

    private static List<string> All(CommandWords words)
    {
        var all = new List<string>();
        while (words.TryNext(out var word)) all.Add(Text(word));
        return all;
    }

    private static SmtpCommand Refuse(string verb, SmtpReply reply) => new SmtpCommand.Refused(verb, reply);

    /// <summary>Digits only: no sign, no white space, and no NULs behind them, which the number's parser forgives.</summary>
    internal static bool TryNumber(ReadOnlySpan<byte> text, out long number)
    {
        number = 0;
        return !text.ContainsAnyExceptInRange((byte)'0', (byte)'9') && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }

    internal static string Text(ReadOnlySpan<byte> text) => ReplyFormat.Neuter(Encoding.UTF8.GetString(text));
}
