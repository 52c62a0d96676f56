using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery;

/// <summary>Logins at other servers (<c>smtp_sasl_*</c>, <c>lmtp_sasl_*</c>). An immutable value.</summary>
public sealed record ClientLogins
{
    /// <summary>The mechanisms there are, best first.</summary>
    public static IReadOnlyList<SaslMechanism> Known { get; } =
    [
        new("SCRAM-SHA-256", IsPlaintext: false) { IsOpenToDictionaryAttack = true, IsMutual = true },
        new("SCRAM-SHA-1", IsPlaintext: false) { IsOpenToDictionaryAttack = true, IsMutual = true },
        new("CRAM-MD5", IsPlaintext: false) { IsOpenToActiveAttack = true, IsOpenToDictionaryAttack = true },
        new("PLAIN", IsPlaintext: true) { IsOpenToActiveAttack = true, IsOpenToDictionaryAttack = true },
        new("LOGIN", IsPlaintext: true) { IsOpenToActiveAttack = true, IsOpenToDictionaryAttack = true },
    ];

    /// <summary><c>smtp_sasl_password_maps</c>: next hop, host or sender to <c>user:password</c>; empty: nobody logs in.</summary>
    public IReadOnlyList<ILookupTable> PasswordMaps { get; init; } = [];
    /// <summary>The mechanisms to use in plain text, best first.</summary>
    public IReadOnlyList<string> Mechanisms { get; init; } = [.. Known.Where(m => !m.IsPlaintext).Select(m => m.Name)];
    /// <summary>The mechanisms to use under TLS, best first.</summary>
    public IReadOnlyList<string> MechanismsUnderTls { get; init; } = [.. Known.Select(m => m.Name)];
    /// <summary><c>smtp_sender_dependent_authentication</c>: the sender is asked for before next hop and host.</summary>
    public bool IsSenderDependent { get; init; }
    /// <summary><c>smtp_sasl_auth_soft_bounce</c>: a login refused for good defers the mail, for it is our password that is wrong.</summary>
    public bool IsRefusalTemporary { get; init; } = true;
}
