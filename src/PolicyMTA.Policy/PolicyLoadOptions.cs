using PolicyMTA.Sdk;

namespace PolicyMTA.Policy;

/// <summary>What policies are loaded against. An immutable value.</summary>
public sealed record PolicyLoadOptions
{
    /// <summary>The restrictions that plugins offer, by their Postfix names.</summary>
    public required IReadOnlyDictionary<string, RestrictionDeclaration> Restrictions { get; init; }
    /// <summary>The names of the listeners' sets; a folder of another name (but <c>lib</c>) is an error.</summary>
    public required IReadOnlySet<string> Sets { get; init; }
    /// <summary><c>smtpd_delay_reject</c>.</summary>
    public bool DelayReject { get; init; } = true;
    /// <summary><c>smtpd_reject_unlisted_sender</c>.</summary>
    public bool RejectUnlistedSender { get; init; }
    /// <summary><c>smtpd_reject_unlisted_recipient</c>.</summary>
    public bool RejectUnlistedRecipient { get; init; } = true;
    /// <summary>What policies can reach.</summary>
    public required PolicyServices Services { get; init; }
    /// <summary>What a rule may use up.</summary>
    public PolicyLimits Limits { get; init; } = new();

    /// <summary>The same for a set that is evaluated without effect, beside the one that these are for.</summary>
    public PolicyLoadOptions ForShadow() => Shadow.ShadowServices.Of(this);
}
