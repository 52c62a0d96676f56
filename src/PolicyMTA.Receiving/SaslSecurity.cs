namespace PolicyMTA.Receiving;

/// <summary><c>smtpd_sasl_security_options</c>: what a mechanism must not or must be to be offered.</summary>
[Flags]
public enum SaslSecurity
{
    /// <summary>Anything goes.</summary>
    None = 0,
    /// <summary><c>noplaintext</c>: the secret does not cross the wire.</summary>
    NoPlaintext = 1,
    /// <summary><c>noactive</c>: nobody in between can take over.</summary>
    NoActive = 2,
    /// <summary><c>nodictionary</c>: what crosses the wire is no use for trying passwords.</summary>
    NoDictionary = 4,
    /// <summary><c>noanonymous</c>: there is an account.</summary>
    NoAnonymous = 8,
    /// <summary><c>forward_secrecy</c>: sessions stay closed when a secret is lost.</summary>
    ForwardSecrecy = 16,
    /// <summary><c>mutual_auth</c>: the server proves itself too.</summary>
    MutualAuth = 32,
}
