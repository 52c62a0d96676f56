using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Verification;

/// <summary>The parameters of address verification, by their Postfix names. An immutable value.</summary>
public sealed record VerificationSettings
{
    /// <summary>Postfix's values.</summary>
    public static VerificationSettings Default { get; } = new();

    /// <summary><c>address_verify_sender</c>, with and without its time-dependent part.</summary>
    public ProbeSender Sender { get; init; } = new(Address.Null, TimeSpan.Zero);
    /// <summary>How long a session waits for a probe: <c>address_verify_poll_delay</c> between <c>address_verify_poll_count</c> looks.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(6);
    /// <summary>The same under stress.</summary>
    public TimeSpan StressedPatience { get; init; }

    /// <summary><c>address_verify_positive_expire_time</c>.</summary>
    public TimeSpan PositiveExpireTime { get; init; } = TimeSpan.FromDays(31);
    /// <summary><c>address_verify_positive_refresh_time</c>.</summary>
    public TimeSpan PositiveRefreshTime { get; init; } = TimeSpan.FromDays(7);
    /// <summary><c>address_verify_negative_cache</c>.</summary>
    public bool NegativeCache { get; init; } = true;
    /// <summary><c>address_verify_negative_expire_time</c>.</summary>
    public TimeSpan NegativeExpireTime { get; init; } = TimeSpan.FromDays(3);
    /// <summary><c>address_verify_negative_refresh_time</c>.</summary>
    public TimeSpan NegativeRefreshTime { get; init; } = TimeSpan.FromHours(3);
    /// <summary><c>address_verify_cache_cleanup_interval</c>; zero: never.</summary>
    public TimeSpan CleanupInterval { get; init; } = TimeSpan.FromHours(12);

    /// <summary><c>address_verify_transport_maps</c> and its kind: what is in the place of the parameters that route mail.</summary>
    public Func<DeliverySettings, DeliverySettings> Reroute { get; init; } = static settings => settings;
}
