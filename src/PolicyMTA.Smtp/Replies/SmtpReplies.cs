using System.Globalization;
using System.Text;
using PolicyMTA.Sdk;

namespace PolicyMTA.Smtp;

/// <summary>Every reply whose text is fixed, worded as Postfix words it, so that clients, log readers and people know them.</summary>
public static class SmtpReplies
{
    public static SmtpReply Ok { get; } = Fixed(250, "2.0.0", "Ok");
    public static SmtpReply SenderOk { get; } = Fixed(250, "2.1.0", "Ok");
    public static SmtpReply RecipientOk { get; } = Fixed(250, "2.1.5", "Ok");
    public static SmtpReply StartData { get; } = Fixed(354, null, "End data with <CR><LF>.<CR><LF>");
    public static SmtpReply Bye { get; } = Fixed(221, "2.0.0", "Bye") with { Disconnects = true };
    public static SmtpReply LmtpHelp { get; } = Fixed(214, "2.0.0", "Commands: AUTH BDAT DATA ETRN HELP LHLO MAIL NOOP QUIT RCPT RSET STARTTLS VRFY XCLIENT XFORWARD");
    public static SmtpReply Help { get; } =
        Fixed(214, "2.0.0", "Commands: AUTH BDAT DATA EHLO ETRN HELO HELP MAIL NOOP QUIT RCPT RSET STARTTLS VRFY XCLIENT XFORWARD");

    // Order of commands.
    public static SmtpReply NeedHelo { get; } = Fixed(503, "5.5.1", "Error: send HELO/EHLO first");
    public static SmtpReply NeedLhlo { get; } = Fixed(503, "5.5.1", "Error: send LHLO first");
    public static SmtpReply EtrnNeedsHelo { get; } = Fixed(503, null, "Error: send HELO/EHLO first");
    public static SmtpReply NeedMail { get; } = Fixed(503, "5.5.1", "Error: need MAIL command");
    public static SmtpReply NeedRcpt { get; } = Fixed(503, "5.5.1", "Error: need RCPT command");
    public static SmtpReply NoValidRecipients { get; } = Fixed(554, "5.5.1", "Error: no valid recipients");
    /// <summary>RFC 2033 §4.2 wants 503 where SMTP has 554.</summary>
    public static SmtpReply LmtpNoValidRecipients { get; } = Fixed(503, "5.5.1", "Error: no valid recipients");
    public static SmtpReply NestedMail { get; } = Fixed(503, "5.5.1", "Error: nested MAIL command");
    public static SmtpReply DataAfterBdat { get; } = Fixed(503, "5.5.1", "Error: DATA after BDAT");
    public static SmtpReply RcptAfterBdat { get; } = Fixed(503, "5.5.1", "Error: RCPT after BDAT");
    public static SmtpReply InTransaction { get; } = Fixed(503, "5.5.1", "Error: MAIL transaction in progress");
    public static SmtpReply EtrnInTransaction { get; } = Fixed(503, null, "Error: MAIL transaction in progress");

    // Syntax.
    public static SmtpReply HeloSyntax { get; } = Fixed(501, null, "Syntax: HELO hostname");
    public static SmtpReply EhloSyntax { get; } = Fixed(501, null, "Syntax: EHLO hostname");
    public static SmtpReply LhloSyntax { get; } = Fixed(501, null, "Syntax: LHLO hostname");
    public static SmtpReply MailSyntax { get; } = Fixed(501, "5.5.4", "Syntax: MAIL FROM:<address>");
    public static SmtpReply BadSender { get; } = Fixed(501, "5.1.7", "Bad sender address syntax");
    public static SmtpReply RcptSyntax { get; } = Fixed(501, "5.5.4", "Syntax: RCPT TO:<address>");
    public static SmtpReply BadRecipient { get; } = Fixed(501, "5.1.3", "Bad recipient address syntax");
    public static SmtpReply DataSyntax { get; } = Fixed(501, "5.5.4", "Syntax: DATA");
    public static SmtpReply RsetSyntax { get; } = Fixed(501, "5.5.4", "Syntax: RSET");
    public static SmtpReply StartTlsSyntax { get; } = Fixed(501, "5.5.4", "Syntax: STARTTLS");
    public static SmtpReply VrfySyntax { get; } = Fixed(501, "5.5.4", "Syntax: VRFY address");
    public static SmtpReply AuthSyntax { get; } = Fixed(501, "5.5.4", "Syntax: AUTH mechanism");
    public static SmtpReply BdatSyntax { get; } = Fixed(521, "5.5.4", "Syntax: BDAT count [LAST]") with { Disconnects = true };
    public static SmtpReply BdatDisabled { get; } = Fixed(521, "5.5.1", "Error: command not implemented") with { Disconnects = true };
    public static SmtpReply EtrnSyntax { get; } = Fixed(500, null, "Syntax: ETRN domain");
    public static SmtpReply EtrnBadParameter { get; } = Fixed(501, null, "Error: invalid parameter syntax");
    public static SmtpReply NotRecognized { get; } = Fixed(500, "5.5.2", "Error: command not recognized");
    public static SmtpReply BadSyntax { get; } = Fixed(500, "5.5.2", "Error: bad syntax");
    public static SmtpReply BadUtf8 { get; } = Fixed(500, "5.5.2", "Error: bad UTF-8 syntax");
    public static SmtpReply LineTooLong { get; } = Fixed(500, "5.5.2", "Error: line too long");
    public static SmtpReply NotSmtp { get; } = Fixed(221, "2.7.0", "Error: I can break rules, too. Goodbye.") with { Disconnects = true };
    public static SmtpReply VrfyDisabled { get; } = Fixed(502, "5.5.1", "VRFY command is disabled");
    public static SmtpReply NotAuthorized { get; } = Fixed(550, "5.7.0", "Error: insufficient authorization");

    // XCLIENT and XFORWARD.
    public static SmtpReply AttributeExpected { get; } = Fixed(501, "5.5.4", "Error: attribute=value expected");
    public static SmtpReply AttributeTooLong { get; } = Fixed(501, "5.5.4", "Error: attribute value too long");

    // Parameters of MAIL and RCPT.
    public static SmtpReply BadSize { get; } = Fixed(501, "5.5.4", "Bad message size syntax");
    public static SmtpReply BadRet { get; } = Fixed(501, "5.5.4", "Bad RET parameter syntax");
    public static SmtpReply BadEnvid { get; } = Fixed(501, "5.5.4", "Bad ENVID parameter syntax");
    public static SmtpReply SecondAuthParameter { get; } = Fixed(503, "5.5.4", "Error: multiple AUTH= options");
    public static SmtpReply BadNotify { get; } = Fixed(501, "5.5.4", "Error: Bad NOTIFY parameter syntax");
    public static SmtpReply BadOrcpt { get; } = Fixed(501, "5.5.4", "Error: Bad ORCPT parameter syntax");
    public static SmtpReply DsnDisabled { get; } = Fixed(501, "5.7.1", "DSN support is disabled");

    // TLS and login.
    public static SmtpReply StartTls { get; } = Fixed(220, "2.0.0", "Ready to start TLS");
    public static SmtpReply TlsActive { get; } = Fixed(554, "5.5.1", "Error: TLS already active");
    public static SmtpReply TlsUnavailable { get; } = Fixed(454, "4.7.0", "TLS not available due to local problem");
    public static SmtpReply TlsRequired { get; } = Fixed(530, "5.7.0", "Must issue a STARTTLS command first");
    public static SmtpReply AuthDisabled { get; } = Fixed(503, "5.5.1", "Error: authentication not enabled");
    public static SmtpReply AuthOk { get; } = Fixed(235, "2.7.0", "Authentication successful");
    public static SmtpReply AuthAborted { get; } = Fixed(501, "5.7.0", "Authentication aborted");
    public static SmtpReply AlreadyAuthenticated { get; } = Fixed(503, "5.5.1", "Error: already authenticated");
    public static SmtpReply AuthUnavailable { get; } =
        Fixed(454, "4.7.0", "Temporary authentication failure: Connection lost to authentication server");
    public static SmtpReply AuthTooManyFailures { get; } = Fixed(454, "4.7.0", "Temporary authentication failure: too many failures from your address");
    public static SmtpReply AuthResponseTooLong { get; } = Fixed(500, "5.5.6", "SASL response limit exceeded");
    public static SmtpReply AuthFailed { get; } = AuthFailedFor("(reason unavailable)");
    public static SmtpReply AuthBadInitialResponse { get; } = AuthFailedFor("Invalid base64 data in initial response");
    public static SmtpReply AuthBadResponse { get; } = AuthFailedFor("Invalid base64 data in continued response");

    // Limits and failures.
    public static SmtpReply SizeExceeded { get; } = Fixed(552, "5.3.4", "Message size exceeds fixed limit");
    public static SmtpReply MessageTooBig { get; } = Fixed(552, "5.3.4", "Error: message file too big");
    public static SmtpReply ChunkTooBig { get; } = Fixed(552, "5.3.4", "Chunk exceeds message size limit");
    public static SmtpReply TooManyRecipients { get; } = Fixed(452, "4.5.3", "Error: too many recipients");
    public static SmtpReply TooManyHops { get; } = Fixed(554, "5.4.0", "Error: too many hops");
    public static SmtpReply AliasLoop { get; } = Fixed(451, "4.6.0", "Alias expansion error");
    public static SmtpReply LocalError { get; } = Fixed(451, "4.3.0", "Error: queue file write error");
    public static SmtpReply TemporaryLookupFailure { get; } = Fixed(451, "4.3.0", "Temporary lookup failure");
    public static SmtpReply NoSpace { get; } = Fixed(452, "4.3.1", "Insufficient system storage");
    public static SmtpReply TooManyHeaders { get; } = Fixed(552, "5.3.4", "Error: too many header fields");
    public static SmtpReply HeaderTooBig { get; } = Fixed(552, "5.3.4", "Error: header field too large");
    public static SmtpReply ServerBusy { get; } = Closing(421, "4.3.2", "All server ports are busy");
    public static SmtpReply ProtocolError { get; } = Closing(521, "5.5.1", "Protocol error");
    public static SmtpReply GreetRefusal { get; } = Fixed(550, "5.5.1", "Protocol error");
    public static SmtpReply NotSynchronized { get; } = Fixed(554, "5.5.0", "Error: SMTP protocol synchronization") with { Disconnects = true };

    /// <summary>The greeting; the text is <c>smtpd_banner</c>.</summary>
    public static SmtpReply Banner(string text) => Fixed(220, null, text);
    /// <summary>The first line of a greeting whose last is <see cref="Banner"/>.</summary>
    public static byte[] Teaser(string text) => Encoding.UTF8.GetBytes($"220-{ReplyFormat.Neuter(text)}\r\n");
    public static SmtpReply Helo(string hostname) => Fixed(250, null, hostname);
    public static SmtpReply Ehlo(string hostname, IEnumerable<string> keywords) => new(250, null, [hostname, .. keywords]);
    public static SmtpReply AttributesSyntax(string verb) => Fixed(501, "5.5.4", $"Syntax: {verb} attribute=value...");
    public static SmtpReply BadAttributeName(string verb, string name) => Fixed(501, "5.5.4", $"Bad {verb} attribute name: {name}");
    public static SmtpReply BadAttribute(string name, string value) => Fixed(501, "5.5.4", $"Bad {name} syntax: {value}");
    public static SmtpReply Queued(QueueId id) => Fixed(250, "2.0.0", $"Ok: queued as {id}");
    public static SmtpReply ChunkOk(long octets) => Fixed(250, "2.0.0", $"Ok: {Number(octets)} bytes");
    public static SmtpReply ChunkQueued(long octets, QueueId id) => Fixed(250, "2.0.0", $"Ok: {Number(octets)} bytes queued as {id}");
    public static SmtpReply ChunkDiscarded(long octets) => Fixed(551, "5.0.0", $"Discarded {Number(octets)} bytes after earlier error");
    public static SmtpReply UnsupportedOption(string option) => Fixed(555, "5.5.4", $"Unsupported option: {option}");
    public static SmtpReply EtrnStarted { get; } = Fixed(250, null, "Queuing started");
    public static SmtpReply EtrnImpossible { get; } = Fixed(458, null, "Unable to queue messages");
    public static SmtpReply Verified(Address address) => Fixed(252, "2.0.0", address.ToString());
    public static SmtpReply EtrnUnavailable(string domain) => Fixed(459, null, $"<{domain}>: service unavailable");
    public static SmtpReply AuthChallenge(string base64) => Fixed(334, null, base64);
    public static SmtpReply AuthFailedFor(string reason) => Fixed(535, "5.7.8", $"Error: authentication failed: {reason}");
    public static SmtpReply AuthBadMechanism(string mechanism) => AuthFailedFor($"Invalid authentication mechanism: '{mechanism}'");
    public static SmtpReply TooManyErrors(string hostname) => Closing(421, "4.7.0", $"{hostname} Error: too many errors");
    public static SmtpReply TooManyConnections(string hostname, string address) =>
        Closing(421, "4.7.0", $"{hostname} Error: too many connections from {address}");
    public static SmtpReply TooMuchMail(string address) => Fixed(450, "4.7.1", $"Error: too much mail from {address}");
    public static SmtpReply TooManyRecipientsOf(string address) => Fixed(450, "4.7.1", $"Error: too many recipients from {address}");
    public static SmtpReply TooManyAuthCommands(string address) => Fixed(450, "4.7.1", $"Error: too many AUTH commands from {address}");
    public static SmtpReply TooManyTlsSessions(string address) => Fixed(454, "4.7.0", $"Error: too many new TLS sessions from {address}");
    public static SmtpReply Timeout(string hostname) => Closing(421, "4.4.2", $"{hostname} Error: timeout exceeded");
    public static SmtpReply ShuttingDown(string hostname) => Closing(421, "4.3.2", $"{hostname} Service not available, closing transmission channel");
    public static SmtpReply Failure(string hostname) => Closing(421, "4.3.0", $"{hostname} Server error");
    public static SmtpReply BareNewline(string hostname, int code = 550) => Closing(code, code < 500 ? "4.5.2" : "5.5.2", $"{hostname} Error: bare <LF> received");

    private static SmtpReply Fixed(int code, string? status, string text) => SmtpReply.Single(code, status, text);

    private static SmtpReply Closing(int code, string status, string text) => Fixed(code, status, text) with { Disconnects = true };

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}
