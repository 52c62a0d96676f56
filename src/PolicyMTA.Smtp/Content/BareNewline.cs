namespace PolicyMTA.Smtp;

/// <summary>What a line feed without carriage return means (Postfix <c>smtpd_forbid_bare_newline</c>).</summary>
public enum BareNewline
{
    /// <summary>It ends a line, but never helps to end a message: only CRLF.CRLF does.</summary>
    Normalize,
    /// <summary>As <see cref="Normalize"/>, and the session answers <see cref="SmtpReplies.BareNewline"/> and closes.</summary>
    Reject,
    /// <summary>It is as good as CRLF, even around the last dot, and in the log. Open to SMTP smuggling; for old senders on trusted networks only.</summary>
    Note,
    /// <summary>As <see cref="Note"/>, without a word.</summary>
    Accept,
}
