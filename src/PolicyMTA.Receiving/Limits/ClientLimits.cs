using PolicyMTA.Addressing;

namespace PolicyMTA.Receiving;

/// <summary>What one client may do: Postfix's <c>smtpd_client_…_limit</c> parameters. 0 is no limit. An immutable value.</summary>
public sealed record ClientLimits
{
    /// <summary><c>smtpd_client_connection_count_limit</c>: connections at a time.</summary>
    public int Connections { get; init; } = 50;
    /// <summary><c>smtpd_client_connection_rate_limit</c>, as all rates per <see cref="RateTimeUnit"/>.</summary>
    public int ConnectionRate { get; init; }
    /// <summary><c>smtpd_client_message_rate_limit</c>: MAIL commands.</summary>
    public int MessageRate { get; init; }
    /// <summary><c>smtpd_client_recipient_rate_limit</c>: RCPT commands.</summary>
    public int RecipientRate { get; init; }
    /// <summary><c>smtpd_client_new_tls_session_rate_limit</c>: full handshakes and resumed ones.</summary>
    public int TlsRate { get; init; }
    /// <summary><c>smtpd_client_auth_rate_limit</c>: AUTH commands.</summary>
    public int AuthRate { get; init; }
    /// <summary><c>anvil_rate_time_unit</c>.</summary>
    public TimeSpan RateTimeUnit { get; init; } = TimeSpan.FromSeconds(60);
    /// <summary><c>smtpd_client_event_limit_exceptions</c>.</summary>
    public NetworkList Exceptions { get; init; } = NetworkList.Empty;
    /// <summary><c>smtpd_client_ipv4_prefix_length</c>: clients that share so many bits are one client.</summary>
    public int Ipv4PrefixLength { get; init; } = 32;
    /// <summary><c>smtpd_client_ipv6_prefix_length</c>.</summary>
    public int Ipv6PrefixLength { get; init; } = 84;
}
