using PolicyMTA.Policy.Lists;
using PolicyMTA.Sdk;

namespace PolicyMTA.Policy;

/// <summary>What one rule was asked and said since the server started. Thread-safe.</summary>
public sealed class RuleCounts(string stage, string rule, string file, int occurrence)
{
    private long _asked;
    private long _permits;
    private long _rejects;
    private long _defers;
    private long _discards;
    private long _others;
    private long _failures;
    private long _ticks;
    private long _lastMatch;
    private volatile bool _isOpen;

    /// <summary>The stage's name.</summary>
    public string Stage { get; } = stage;
    /// <summary>The rule's name.</summary>
    public string Rule { get; } = rule;
    /// <summary>The file of the list it stands in; empty for what is built in.</summary>
    public string File { get; } = file;
    /// <summary>Which of that name in that file and stage, from 1.</summary>
    public int Occurrence { get; } = occurrence;

    /// <summary>How often it was asked.</summary>
    public long Asked => Interlocked.Read(ref _asked);
    /// <summary>How often it permitted.</summary>
    public long Permits => Interlocked.Read(ref _permits);
    /// <summary>How often it refused for good.</summary>
    public long Rejects => Interlocked.Read(ref _rejects);
    /// <summary>How often it refused for now, latched refusals included.</summary>
    public long Defers => Interlocked.Read(ref _defers);
    /// <summary>How often it discarded.</summary>
    public long Discards => Interlocked.Read(ref _discards);
    /// <summary>How often it did something else: hold, redirect, warn …</summary>
    public long Others => Interlocked.Read(ref _others);
    /// <summary>How often it failed, so that its fallback or a deferral stood for it.</summary>
    public long Failures => Interlocked.Read(ref _failures);
    /// <summary>True while it is not asked because it failed too often.</summary>
    public bool IsOpen => _isOpen;
    /// <summary>The time it took in all, waiting included.</summary>
    public TimeSpan Time => new(Interlocked.Read(ref _ticks));
    /// <summary>When it last said anything but <c>dunno</c>; null when it never did.</summary>
    public DateTimeOffset? LastMatch => Interlocked.Read(ref _lastMatch) is var ticks and > 0 ? new DateTimeOffset(ticks, TimeSpan.Zero) : null;
    /// <summary>How often it said anything but <c>dunno</c>.</summary>
    public long Matches => Permits + Rejects + Defers + Discards + Others;

    internal void Left(bool isOpen)
    {
        if (_isOpen != isOpen) _isOpen = isOpen;
    }

    internal void Count(in RuleAnswer answer, TimeSpan took, TimeProvider time)
    {
        Interlocked.Increment(ref _asked);
        Interlocked.Add(ref _ticks, took.Ticks);
        if (answer.IsFailure) Interlocked.Increment(ref _failures);
        if (answer.IsSilent) return;
        Interlocked.Increment(ref Of(answer.Verdict));
        Interlocked.Exchange(ref _lastMatch, time.GetUtcNow().UtcTicks);
    }

    private ref long Of(Verdict verdict)
    {
        switch (verdict)
        {
            case Verdict.PermitVerdict: return ref _permits;
            case Verdict.Refuse { Code: >= 500 }: return ref _rejects;
            case Verdict.Refuse or Verdict.DeferIfPermit or Verdict.DeferIfReject: return ref _defers;
            case Verdict.Discard: return ref _discards;
            default: return ref _others;
        }
    }
}
