using System.Text.RegularExpressions;
using PolicyMTA.Sdk;

namespace PolicyMTA.Lookups.Text;

/// <summary>Regular expressions and what they mean (regexp_table(5), pcre_table(5)): the first that matches decides.</summary>
internal sealed class PatternRules : IRules
{
    private readonly RuleTree<PatternRule> _rules = new();

    private PatternRules() { }

    public bool AcceptsPartialKeys => false;
    public bool FoldsKeys => false;

    internal static PatternRules Parse(string text, PatternSyntax syntax, Action<int, string> warn)
    {
        var rules = new PatternRules();
        foreach (var (line, content) in LogicalLines.Read(text))
        {
            try
            {
                if (content[0] is ' ' or '\t') throw new FormatException($"logical line must not start with whitespace: \"{content}\"");
                rules.Add(new PatternLine(content, syntax, message => warn(line, message)), line);
            }
            catch (Exception e) when (e is FormatException or RegexParseException)
            {
                warn(line, e.Message + ": skipping this rule");
            }
        }
        rules._rules.Finish(warn);
        return rules;
    }

    public LookupResult Find(string key)
    {
        try
        {
            for (var i = 0; i < _rules.Count; i++)
            {
                var result = _rules[i].Apply(key);
                if (_rules.EndOf(i) is var end && end >= 0) i = result is null ? end - 1 : i;
                else if (result is not null) return LookupResult.Found(result);
            }
            return LookupResult.None;
        }
        catch (RegexMatchTimeoutException e)
        {
            return LookupResult.Failed($"the pattern {e.Pattern} takes too long");
        }
    }

    private void Add(PatternLine line, int number)
    {
        if (line.TakeWord("if"))
        {
            var condition = line.ReadRule(isCondition: true);
            _rules.OpenIf(condition, number);
        }
        else if (line.TakeWord("endif"))
        {
            line.ExpectEnd("ENDIF");
            if (!_rules.CloseIf()) throw new FormatException("ENDIF without matching IF");
        }
        else _rules.AddRule(line.ReadRule(isCondition: false));
    }
}
