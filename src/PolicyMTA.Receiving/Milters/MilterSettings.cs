using PolicyMTA.Sdk;

namespace PolicyMTA.Receiving.Milters;

/// <summary>What a milter's failure means for the mail (<c>milter_default_action</c>).</summary>
public enum MilterDefaultAction
{
    /// <summary>451: the client comes again.</summary>
    Tempfail,
    /// <summary>As if the milter were not there.</summary>
    Accept,
    /// <summary>550.</summary>
    Reject,
    /// <summary>As accept, and the message is held.</summary>
    Quarantine,
    /// <summary>421, and the session ends.</summary>
    Shutdown,
}

/// <summary>The milters of a listener or of local mail, in their order. An immutable value.</summary>
public sealed record MilterSettings
{
    /// <summary>No milter.</summary>
    public static MilterSettings None { get; } = new();

    /// <summary>The milters (<c>smtpd_milters</c>, <c>non_smtpd_milters</c>).</summary>
    public IReadOnlyList<IMilter> Milters { get; init; } = [];
    /// <summary>What holds for one of them alone: <c>{ NAME, default_action=accept }</c>.</summary>
    public IReadOnlyDictionary<IMilter, MilterSettings> Own { get; init; } = System.Collections.Frozen.FrozenDictionary<IMilter, MilterSettings>.Empty;
    /// <summary><c>milter_default_action</c>.</summary>
    public MilterDefaultAction DefaultAction { get; init; }
    /// <summary><c>milter_connect_timeout</c>: how long a milter may take to begin.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(30);
    /// <summary><c>milter_command_timeout</c>: for each step up to DATA.</summary>
    public TimeSpan CommandTimeout { get; init; } = TimeSpan.FromSeconds(30);
    /// <summary><c>milter_content_timeout</c>: for the whole message.</summary>
    public TimeSpan ContentTimeout { get; init; } = TimeSpan.FromSeconds(300);

    /// <summary>Counts failures; null: nobody does.</summary>
    public MilterFailures? Failures { get; init; }

    /// <summary>What holds for a milter.</summary>
    internal MilterSettings Of(IMilter milter) => Own.GetValueOrDefault(milter, this);
}
