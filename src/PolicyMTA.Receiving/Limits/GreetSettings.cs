namespace PolicyMTA.Receiving;

/// <summary>What happens to a client that talks before it was greeted.</summary>
public enum GreetAction
{
    /// <summary>It is in the log, no more.</summary>
    Ignore,
    /// <summary>The session goes on, every recipient is refused.</summary>
    Enforce,
    /// <summary>The connection ends.</summary>
    Drop,
}

/// <summary>The wait before the greeting: Postfix's <c>postscreen_greet_…</c> parameters. An immutable value.</summary>
public sealed record GreetSettings
{
    /// <summary><c>postscreen_greet_wait</c>; zero for none.</summary>
    public TimeSpan Wait { get; init; }
    /// <summary><c>postscreen_greet_banner</c>: the teaser, expanded; empty for none.</summary>
    public string Banner { get; init; } = "";
    /// <summary><c>postscreen_greet_action</c>.</summary>
    public GreetAction Action { get; init; } = GreetAction.Ignore;
    /// <summary><c>postscreen_greet_ttl</c>: how long a client that waited need not again.</summary>
    public TimeSpan TimeToLive { get; init; } = TimeSpan.FromDays(1);
}
