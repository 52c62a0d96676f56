using PolicyMTA.Sdk;

namespace PolicyMTA.Smtp.Tests;

public sealed class SmtpRepliesTests
{
    private static readonly QueueId Id = new("DD81211C3CC");

    public static TheoryData<string, SmtpReply> Worded() => new()
    {
        { "250 2.0.0 Ok", SmtpReplies.Ok },
        { "250 2.1.0 Ok", SmtpReplies.SenderOk },
        { "250 2.1.5 Ok", SmtpReplies.RecipientOk },
        { "354 End data with <CR><LF>.<CR><LF>", SmtpReplies.StartData },
        { "250 2.0.0 Ok: queued as DD81211C3CC", SmtpReplies.Queued(Id) },
        { "221 2.0.0 Bye", SmtpReplies.Bye },
        { "250 2.0.0 Ok: 36 bytes", SmtpReplies.ChunkOk(36) },
        { "250 2.0.0 Ok: 73 bytes queued as DD81211C3CC", SmtpReplies.ChunkQueued(73, Id) },
        { "551 5.0.0 Discarded 7 bytes after earlier error", SmtpReplies.ChunkDiscarded(7) },
        { "503 5.5.1 Error: send HELO/EHLO first", SmtpReplies.NeedHelo },
        { "503 Error: send HELO/EHLO first", SmtpReplies.EtrnNeedsHelo },
        { "503 5.5.1 Error: need MAIL command", SmtpReplies.NeedMail },
        { "503 5.5.1 Error: need RCPT command", SmtpReplies.NeedRcpt },
        { "554 5.5.1 Error: no valid recipients", SmtpReplies.NoValidRecipients },
        { "503 5.5.1 Error: nested MAIL command", SmtpReplies.NestedMail },
        { "503 5.5.1 Error: DATA after BDAT", SmtpReplies.DataAfterBdat },
        { "503 5.5.1 Error: RCPT after BDAT", SmtpReplies.RcptAfterBdat },
        { "503 5.5.1 Error: MAIL transaction in progress", SmtpReplies.InTransaction },
        { "503 Error: MAIL transaction in progress", SmtpReplies.EtrnInTransaction },
        { "459 <example.test>: service unavailable", SmtpReplies.EtrnUnavailable("example.test") },
        { "502 5.5.1 VRFY command is disabled", SmtpReplies.VrfyDisabled },
        { "550 5.7.0 Error: insufficient authorization", SmtpReplies.NotAuthorized },
        { "214 2.0.0 Commands: AUTH BDAT DATA EHLO ETRN HELO HELP MAIL NOOP QUIT RCPT RSET STARTTLS VRFY XCLIENT XFORWARD", SmtpReplies.Help },
        { "220 2.0.0 Ready to start TLS", SmtpReplies.StartTls },
        { "554 5.5.1 Error: TLS already active", SmtpReplies.TlsActive },
        { "503 5.5.1 Error: authentication not enabled", SmtpReplies.AuthDisabled },
        { "235 2.7.0 Authentication successful", SmtpReplies.AuthOk },
        { "334 VXNlcm5hbWU6", SmtpReplies.AuthChallenge("VXNlcm5hbWU6") },
        { "535 5.7.8 Error: authentication failed: (reason unavailable)", SmtpReplies.AuthFailed },
        { "535 5.7.8 Error: authentication failed: Invalid authentication mechanism: 'CRAM-MD5'", SmtpReplies.AuthBadMechanism("CRAM-MD5") },
        { "535 5.7.8 Error: authentication failed: Invalid base64 data in initial response", SmtpReplies.AuthBadInitialResponse },
        { "535 5.7.8 Error: authentication failed: Invalid base64 data in continued response", SmtpReplies.AuthBadResponse },
        { "501 5.7.0 Authentication aborted", SmtpReplies.AuthAborted },
        { "503 5.5.1 Error: already authenticated", SmtpReplies.AlreadyAuthenticated },
        { "552 5.3.4 Message size exceeds fixed limit", SmtpReplies.SizeExceeded },
        { "552 5.3.4 Error: message file too big", SmtpReplies.MessageTooBig },
        { "552 5.3.4 Chunk exceeds message size limit", SmtpReplies.ChunkTooBig },
        { "452 4.5.3 Error: too many recipients", SmtpReplies.TooManyRecipients },
        { "421 4.7.0 example.test Error: too many errors", SmtpReplies.TooManyErrors("example.test") },
        { "421 4.7.0 example.test Error: too many connections from 192.0.2.10", SmtpReplies.TooManyConnections("example.test", "192.0.2.10") },
        { "421 4.4.2 example.test Error: timeout exceeded", SmtpReplies.Timeout("example.test") },
        { "554 5.4.0 Error: too many hops", SmtpReplies.TooManyHops },
        { "451 4.6.0 Alias expansion error", SmtpReplies.AliasLoop },
        { "550 5.5.2 example.test Error: bare <LF> received", SmtpReplies.BareNewline("example.test") },
        { "554 5.5.0 Error: SMTP protocol synchronization", SmtpReplies.NotSynchronized },
    };

    [Theory(DisableDiscoveryEnumeration = true)]
    [MemberData(nameof(Worded))]
    public void Replies_are_worded_as_Postfix_words_them(string text, SmtpReply reply) => Assert.Equal(text, reply.ToString());
}
