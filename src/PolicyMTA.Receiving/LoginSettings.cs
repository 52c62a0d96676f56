using PolicyMTA.Addressing;

namespace PolicyMTA.Receiving;

/// <summary>How clients of a listener may log in: Postfix's <c>smtpd_sasl_</c> parameters. An immutable value.</summary>
public sealed record LoginSettings
{
    /// <summary><c>smtpd_sasl_mechanism_filter</c>.</summary>
    public MechanismFilter Mechanisms { get; init; } = MechanismFilter.Default;
    /// <summary><c>smtpd_sasl_security_options</c>: what a mechanism must be on a plain connection.</summary>
    public SaslSecurity Security { get; init; } = SaslSecurity.NoAnonymous;
    /// <summary><c>smtpd_sasl_tls_security_options</c>: the same under TLS.</summary>
    public SaslSecurity TlsSecurity { get; init; } = SaslSecurity.NoAnonymous;
    /// <summary><c>smtpd_sasl_exceptions_networks</c>: clients that no login is offered to.</summary>
    public NetworkList ExceptedNetworks { get; init; } = NetworkList.Empty;
    /// <summary><c>broken_sasl_auth_clients</c>: the mechanisms are announced in the form of before RFC 2554 too.</summary>
    public bool ServesBrokenClients { get; init; }
    /// <summary><c>smtpd_sasl_authenticated_header</c>: the Received field names the account.</summary>
    public bool NamesAccount { get; init; }
    /// <summary><c>smtpd_sasl_response_limit</c> in bytes; RFC 4954 §4 wants 12288 at least.</summary>
    public int ResponseLimit { get; init; } = 12288;
    /// <summary><c>smtpd_sasl_failure_limit</c>: failures of one address before its logins are refused unheard; 0: none.</summary>
    public int FailureLimit { get; init; } = 20;
    /// <summary><c>smtpd_sasl_account_failure_limit</c>: failures of one account before strangers to it are answered late; 0: none.</summary>
    public int AccountFailureLimit { get; init; } = 10;
    /// <summary><c>smtpd_sasl_failure_window</c>: how long failures count, from the first.</summary>
    public TimeSpan FailureWindow { get; init; } = TimeSpan.FromMinutes(10);
}
