namespace PolicyMTA.Lookups.Text;

/// <summary>The rules of a pattern table with their <c>if … endif</c> nesting: a condition that fails skips to its end.</summary>
/// <typeparam name="TRule">A rule or a condition.</typeparam>
internal sealed class RuleTree<TRule>
{
    private readonly List<(TRule Rule, int End)> _steps = [];
    private readonly Stack<(int Step, int Line)> _open = new();

    internal int Count => _steps.Count;

    internal TRule this[int index] => _steps[index].Rule;

    /// <summary>The step to go to when the condition at an index fails; -1 for a rule.</summary>
    internal int EndOf(int index) => _steps[index].End;

    internal void AddRule(TRule rule) => _steps.Add((rule, -1));

    internal void OpenIf(TRule condition, int line)
    {
        _open.Push((_steps.Count, line));
        _steps.Add((condition, 0));
    }

    /// <summary>False when no condition is open.</summary>
    internal bool CloseIf()
    {
        if (!_open.TryPop(out var condition)) return false;
        _steps[condition.Step] = (_steps[condition.Step].Rule, _steps.Count);
        return true;
    }

    /// <summary>Ends what the text left open.</summary>
    internal void Finish(Action<int, string> warn)
    {
        while (_open.TryPeek(out var condition))
        {
            warn(condition.Line, "IF has no matching ENDIF");
            CloseIf();
        }
    }
}
