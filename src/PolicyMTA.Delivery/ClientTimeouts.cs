namespace PolicyMTA.Delivery;

/// <summary>How long each step of an SMTP or LMTP dialogue may take (<c>smtp_*_timeout</c>; RFC 5321 §4.5.3.2). An immutable value.</summary>
public sealed record ClientTimeouts
{
    /// <summary>Postfix's values.</summary>
    public static ClientTimeouts Default { get; } = new();

    /// <summary><c>smtp_connect_timeout</c>.</summary>
    public TimeSpan Connect { get; init; } = TimeSpan.FromSeconds(30);
    /// <summary><c>smtp_helo_timeout</c>: greeting and EHLO.</summary>
    public TimeSpan Helo { get; init; } = TimeSpan.FromSeconds(300);
    /// <summary><c>smtp_starttls_timeout</c>.</summary>
    public TimeSpan StartTls { get; init; } = TimeSpan.FromSeconds(300);
    /// <summary><c>smtp_mail_timeout</c>.</summary>
    public TimeSpan Mail { get; init; } = TimeSpan.FromSeconds(300);
    /// <summary><c>smtp_rcpt_timeout</c>.</summary>
    public TimeSpan Recipient { get; init; } = TimeSpan.FromSeconds(300);
    /// <summary><c>smtp_data_init_timeout</c>.</summary>
    public TimeSpan DataStart { get; init; } = TimeSpan.FromSeconds(120);
    /// <summary><c>smtp_data_xfer_timeout</c>: each piece of the content.</summary>
    public TimeSpan DataTransfer { get; init; } = TimeSpan.FromSeconds(180);
    /// <summary><c>smtp_data_done_timeout</c>.</summary>
    public TimeSpan DataDone { get; init; } = TimeSpan.FromSeconds(600);
    /// <summary><c>smtp_rset_timeout</c>.</summary>
    public TimeSpan Reset { get; init; } = TimeSpan.FromSeconds(20);
}
