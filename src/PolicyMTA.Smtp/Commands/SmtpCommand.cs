using PolicyMTA.Sdk;

namespace PolicyMTA.Smtp;

/// <summary>One command line of a client, understood. Whether it may come now is the session's business. A closed set of immutable values.</summary>
public abstract record SmtpCommand
{
    private SmtpCommand(string verb) => Verb = verb;

    /// <summary>The verb in lower case as counters and logs name it; <c>unknown</c> when there is no such command.</summary>
    public string Verb { get; }

    /// <summary>The name as the client wrote it: several words stay several words.</summary>
    public sealed record Helo(string Name) : SmtpCommand("helo");

    /// <summary>See <see cref="Helo"/>.</summary>
    public sealed record Ehlo(string Name) : SmtpCommand("ehlo");

    /// <summary>LMTP's greeting (RFC 2033 §4.1); see <see cref="Helo"/>.</summary>
    public sealed record Lhlo(string Name) : SmtpCommand("lhlo");

    public sealed record Mail(Address Sender, MailParameters Parameters) : SmtpCommand("mail");

    public sealed record Rcpt(Address Recipient, RecipientParameters Parameters) : SmtpCommand("rcpt");

    public sealed record Data : SmtpCommand
    {
        private Data() : base("data") { }
        public static Data Instance { get; } = new();
    }

    public sealed record Bdat(long Size, bool IsLast) : SmtpCommand("bdat");

    public sealed record Rset : SmtpCommand
    {
        private Rset() : base("rset") { }
        public static Rset Instance { get; } = new();
    }

    public sealed record Noop : SmtpCommand
    {
        private Noop() : base("noop") { }
        public static Noop Instance { get; } = new();
    }

    public sealed record Quit : SmtpCommand
    {
        private Quit() : base("quit") { }
        public static Quit Instance { get; } = new();
    }

    public sealed record Vrfy(Address Address) : SmtpCommand("vrfy");

    /// <summary>A domain or address literal; the <c>@</c> or <c>#</c> that RFC 1985 §5.3 allows before it is gone.</summary>
    public sealed record Etrn(string Domain) : SmtpCommand("etrn");

    public sealed record StartTls : SmtpCommand
    {
        private StartTls() : base("starttls") { }
        public static StartTls Instance { get; } = new();
    }

    /// <summary>The mechanism in upper case; the response still base64, <c>=</c> for an empty one, null when there was none.</summary>
    public sealed record Auth(string Mechanism, string? InitialResponse) : SmtpCommand("auth")
    {
        /// <summary>The response is a secret: it must not reach a log.</summary>
        public override string ToString() => $"AUTH {Mechanism}";
    }

    public sealed record Help : SmtpCommand
    {
        private Help() : base("help") { }
        public static Help Instance { get; } = new();
    }

    /// <summary><c>NAME=value</c> words, undecoded.</summary>
    public sealed record Xclient(IReadOnlyList<string> Attributes) : SmtpCommand("xclient");

    /// <summary>See <see cref="Xclient"/>.</summary>
    public sealed record Xforward(IReadOnlyList<string> Attributes) : SmtpCommand("xforward");

    /// <summary>
    /// No valid command. The session looks first whether the verb may come now, as Postfix does, and only then answers with <see cref="Reply"/>.
    /// </summary>
    public sealed record Refused : SmtpCommand
    {
        public Refused(string verb, SmtpReply reply) : base(verb) => Reply = reply;
        public SmtpReply Reply { get; }
    }
}
