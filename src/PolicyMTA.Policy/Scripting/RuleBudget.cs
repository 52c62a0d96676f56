using System.Diagnostics;
using Jint;

namespace PolicyMTA.Policy.Scripting;

/// <summary>
/// Statements and time of one rule, from its call to its settlement: the engine's own counters start again at every entry, so a rule that awaits would never
/// use them up.
/// </summary>
internal sealed class RuleBudget : Constraint
{
    private const int StatementsBetweenLooksAtTheClock = 64;

    private int _left;
    private long _until;

    public void Start(int statements, TimeSpan time)
    {
        _left = statements;
        _until = Stopwatch.GetTimestamp() + (long)(time.TotalSeconds * Stopwatch.Frequency);
    }

    public override void Check()
    {
        if (--_left < 0) throw new RuleBudgetException("ran too many statements");
        if (_left % StatementsBetweenLooksAtTheClock == 0 && Stopwatch.GetTimestamp() > _until) throw new RuleBudgetException("took too long");
    }

    public override void Reset()
    {
    }
}
