using System.Text.Json;
using PolicyMTA.Sdk;

namespace PolicyMTA.Policy.Recording;

/// <summary>One session as its policies saw it: what they were asked, what they learnt from outside on the way, and what they decided. An immutable value.</summary>
public sealed record RecordedSession
{
    /// <summary>The session's id.</summary>
    public required string Id { get; init; }
    /// <summary>When it began.</summary>
    public required DateTimeOffset Began { get; init; }
    /// <summary>Its client, <c>name[address]</c>.</summary>
    public required string Client { get; init; }
    /// <summary>One for each generation of policies it met.</summary>
    public required IReadOnlyList<RecordedPart> Parts { get; init; }
    /// <summary>True when it was too large to be kept whole: the rest is missing.</summary>
    public bool IsCut { get; init; }
}

/// <summary>What a session asked one generation of policies. An immutable value.</summary>
/// <param name="Generation">The hash of the policies.</param>
/// <param name="Set">The listener's set.</param>
/// <param name="Seed">What its random numbers came from.</param>
/// <param name="Questions">What was asked, in order.</param>
public sealed record RecordedPart(string Generation, string Set, int Seed, IReadOnlyList<RecordedQuestion> Questions);

/// <summary>One question, with its answer. An immutable value.</summary>
public sealed record RecordedQuestion
{
    /// <summary>What was asked.</summary>
    public required Question Asked { get; init; }
    /// <summary>When.</summary>
    public required DateTimeOffset At { get; init; }
    /// <summary>What was known: a <see cref="RecordedContext"/>.</summary>
    public required JsonElement Context { get; init; }
    /// <summary>What came from outside, in the order it was asked for.</summary>
    public required IReadOnlyList<RecordedAnswer> Answers { get; init; }
    /// <summary>What the clock said, each time a rule looked.</summary>
    public required IReadOnlyList<DateTimeOffset> Times { get; init; }
    /// <summary>What was decided.</summary>
    public required StageDecision Decision { get; init; }
    /// <summary>The header section behind it; null when it is as before.</summary>
    public IReadOnlyList<HeaderField>? Headers { get; init; }
    /// <summary>Who decided; null when no rule had anything to say.</summary>
    public string? By { get; init; }
    /// <summary>True for the last question of a transaction.</summary>
    public bool EndsTransaction { get; init; }
}

/// <summary>What came from outside. An immutable value.</summary>
/// <param name="What">Who was asked: <c>restriction</c>, <c>lookup</c>, <c>dns.a</c>, …</param>
/// <param name="Key">What was asked.</param>
public sealed record RecordedAnswer(string What, string Key)
{
    /// <summary>The answer; null when there was none.</summary>
    public JsonElement? Value { get; init; }
    /// <summary>Why there is none; null when nothing had come when the rule ended.</summary>
    public string? Failure { get; init; }
}
