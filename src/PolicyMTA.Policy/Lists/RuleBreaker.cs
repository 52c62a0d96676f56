using PolicyMTA.Sdk;

namespace PolicyMTA.Policy.Lists;

/// <summary>
/// Leaves a rule alone that failed many times in a row: what stood for it last stands for it at once, until after a pause one session tries it again. Of one generation: a
/// policy that was mended begins anew. Thread-safe.
/// </summary>
internal sealed class RuleBreaker
{
    /// <summary>So many failures in a row open it.</summary>
    internal const int Limit = 10;

    /// <summary>How long it stays open before it is tried.</summary>
    internal static readonly TimeSpan Pause = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();
    private int _failures;
    private long? _openedAt;
    private bool _isTried;
    private volatile bool _isOpen;
    private volatile Verdict _last = Verdict.Dunno;

    /// <summary>True while the rule is left alone.</summary>
    public bool IsOpen => _isOpen;

    /// <summary>What stands for the rule while it is not asked.</summary>
    public Verdict Last => _last;

    /// <summary>False while the rule is left alone. Where it is true, <see cref="Passed"/>, <see cref="Failed"/> or <see cref="Left"/> follows.</summary>
    public bool MayAsk(TimeProvider time)
    {
        if (!_isOpen) return true;
        lock (_gate)
        {
            if (_openedAt is not { } since) return true;
            if (_isTried || time.GetElapsedTime(since) < Pause) return false;
            return _isTried = true;
        }
    }

    /// <summary>The rule worked; true when that closes it.</summary>
    public bool Passed()
    {
        if (!_isOpen && Volatile.Read(ref _failures) == 0) return false;
        lock (_gate)
        {
            var wasOpen = _openedAt is not null;
            (_failures, _openedAt, _isTried, _isOpen) = (0, null, false, false);
            return wasOpen;
        }
    }

    /// <summary>The rule failed; true when that opens it.</summary>
    /// <param name="verdict">What stood for it.</param>
    /// <param name="time">The clock.</param>
    public bool Failed(Verdict verdict, TimeProvider time)
    {
        _last = verdict;
        lock (_gate)
        {
            _isTried = false;
            if (++_failures < Limit) return false;
            var wasOpen = _openedAt is not null;
            (_openedAt, _isOpen) = (time.GetTimestamp(), true);
            return !wasOpen;
        }
    }

    /// <summary>The session ended before the rule did: nothing is known.</summary>
    public void Left()
    {
        lock (_gate) _isTried = false;
    }
}
