using PolicyMTA.Sdk;

namespace PolicyMTA.Policy;

/// <summary>What a stage decided, ready for the session: a refusal to answer, or actions to carry out on the way to acceptance. An immutable value.</summary>
public sealed record StageDecision
{
    /// <summary>Go on, nothing to do.</summary>
    public static StageDecision Accept { get; } = new();

    /// <summary>The reply to give instead of acceptance; null when the stage lets it pass. Its text is framed.</summary>
    public Refusal? Refusal { get; init; }

    /// <summary>What to do on the way, in order: <see cref="Verdict.Discard"/>, <see cref="Verdict.Hold"/>, <see cref="Verdict.Redirect"/>,
    /// <see cref="Verdict.Bcc"/>, <see cref="Verdict.Filter"/>, <see cref="Verdict.Prepend"/>. Delays and log lines are done already.</summary>
    /// <remarks>A <see cref="Verdict.Prepend"/> at RCPT is for the message, and is given once a transaction: keep it even when the
    /// recipient falls later. The others at RCPT are for the recipient. At end of data they are for the message.</remarks>
    public IReadOnlyList<Verdict> Actions { get; init; } = [];

    /// <summary>What <c>per_recipient</c> decided at end of data, one for each recipient it named; empty when all share this decision. Some may be refusals; all only where each recipient gets its own reply.</summary>
    public IReadOnlyList<RecipientDecision> Recipients { get; init; } = [];

    /// <summary>Why this recipient may be relayed; null without a grant.</summary>
    public string? RelayGrant { get; init; }

    /// <summary>In delivery: a rule failed, and what stands for its verdict is in here.</summary>
    public bool HasFailed { get; init; }

    /// <summary>Whether each of so many recipients was refused by itself.</summary>
    public bool RefusesEach(int count) => Recipients.Count == count && Recipients.All(r => r.Decision.Refusal is not null);
}

/// <summary>What end of data decided for one recipient. An immutable value.</summary>
public sealed record RecipientDecision(Recipient Recipient, StageDecision Decision);

/// <summary>A refusal with its reply text framed as Postfix frames it. An immutable value.</summary>
/// <param name="Code">400 to 599.</param>
/// <param name="Status">Its class agrees with the code.</param>
/// <param name="Text">The text behind the enhanced status.</param>
/// <param name="Disconnects">Close after the reply (421, 521).</param>
public sealed record Refusal(int Code, EnhancedStatus Status, string Text, bool Disconnects = false)
{
    /// <summary>Further lines of the reply.</summary>
    public IReadOnlyList<string> Further { get; init; } = [];

    /// <summary>In delivery: how long to wait before the next attempt; null: as the queue does.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>The text without Postfix's frame, for a server that puts its own around it.</summary>
    public string Bare() => Lists.RefusalFraming.Unframe(Text);

    /// <summary>A refusal in its own words, without a frame: what milters say stands as they say it.</summary>
    public static Refusal Unframed(Verdict.Refuse refuse)
    {
        ArgumentNullException.ThrowIfNull(refuse);
        var code = refuse.Code is >= 400 and <= 599 ? refuse.Code : 451;
        return new Refusal(code, refuse.Status.For(code), Lists.RefusalFraming.Neuter(refuse.Text, Lists.RefusalFraming.MaxText), refuse.Disconnects || code == 421)
        {
            Further = [.. refuse.Further.Select(line => Lists.RefusalFraming.Neuter(line, Lists.RefusalFraming.MaxText))],
        };
    }
}
