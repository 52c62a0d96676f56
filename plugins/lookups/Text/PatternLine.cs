using System.Text;
using System.Text.RegularExpressions;

namespace PolicyMTA.Lookups.Text;

/// <summary>Reads a line of a pattern table: <c>[!]/pattern/flags result</c>.</summary>
internal sealed class PatternLine(string content, PatternSyntax syntax, Action<string> warn)
{
    // Keys are addresses, names and header lines: a pattern that takes longer is a mistake or an attack.
    private static readonly TimeSpan MatchLimit = TimeSpan.FromMilliseconds(100);

    private int _at;

    /// <summary>Takes a leading word, when it is followed by something else than a letter.</summary>
    internal bool TakeWord(string word)
    {
        if (!content.StartsWith(word, StringComparison.OrdinalIgnoreCase)) return false;
        if (content.Length > word.Length && char.IsAsciiLetterOrDigit(content[word.Length])) return false;
        _at = word.Length;
        return true;
    }

    internal void ExpectEnd(string statement)
    {
        if (content.AsSpan(_at).Trim() is { IsEmpty: false } rest) warn($"ignoring extra text after {statement} statement: \"{rest}\"");
    }

    /// <exception cref="FormatException">It is none.</exception>
    internal PatternRule ReadRule(bool isCondition)
    {
        var isNegated = TakeNegation();
        var expression = ReadExpression();
        Regex? exception = null;
        if (syntax == PatternSyntax.Posix && _at < content.Length && content[_at] == '!')
        {
            _at++;
            exception = ReadExpression();
        }
        if (_at < content.Length && !char.IsWhiteSpace(content[_at])) throw new FormatException($"unknown regexp option \"{content[_at]}\"");
        if (isCondition)
        {
            ExpectEnd("IF");
            return new PatternRule(expression, isNegated, exception, Replacement.Parse(""));
        }
        return new PatternRule(expression, isNegated, exception, ReadResult(expression, isNegated));
    }

    private Replacement ReadResult(Regex expression, bool isNegated)
    {
        var text = content[_at..].Trim();
        if (text.Length == 0) warn("no replacement text: using empty string");
        var result = Replacement.Parse(text);
        if (isNegated && result.HighestGroup > 0) throw new FormatException("$number found in negative match replacement text");
        if (result.HighestGroup >= expression.GetGroupNumbers().Length) throw new FormatException($"out of range replacement index \"{result.HighestGroup}\"");
        return result;
    }

    private bool TakeNegation()
    {
        var isNegated = false;
        for (SkipSpace(); _at < content.Length && content[_at] == '!'; SkipSpace())
        {
            _at++;
            isNegated = !isNegated;
        }
        return isNegated;
    }

    private Regex ReadExpression()
    {
        if (_at >= content.Length) throw new FormatException("no regexp");
        var delimiter = content[_at++];
        var pattern = new StringBuilder();
        while (true)
        {
            if (_at >= content.Length) throw new FormatException($"no closing regexp delimiter \"{delimiter}\"");
            var c = content[_at++];
            if (c == delimiter) break;
            pattern.Append(c);
            if (c == '\\' && _at < content.Length) pattern.Append(content[_at++]);
        }
        var flags = ReadFlags();
        var text = PatternTranslation.Translate(pattern.ToString(), DialectOf(flags));
        return Compile(Anchored(text, flags), OptionsOf(flags));
    }

    // Most patterns can be matched without going back, in a time that grows with the key alone; those that look around or refer back can't.
    private static Regex Compile(string pattern, RegexOptions options)
    {
        try
        {
            return new Regex(pattern, options | RegexOptions.NonBacktracking, MatchLimit);
        }
        catch (NotSupportedException)
        {
            return new Regex(pattern, options, MatchLimit);
        }
    }

    private PatternDialect DialectOf(string flags) => syntax == PatternSyntax.Posix
        ? new PatternDialect { Syntax = IsOn(flags, 'x') ? PatternSyntax.PosixBasic : PatternSyntax.Posix, EndsAtLastByte = !IsOn(flags, 'm') }
        : new PatternDialect { Syntax = PatternSyntax.Perl, EndsAtLastByte = IsOn(flags, 'E') && !IsOn(flags, 'm'), IsUngreedy = IsOn(flags, 'U') };

    private string ReadFlags()
    {
        var start = _at;
        var known = syntax == PatternSyntax.Posix ? "imx" : "imsxAEUXu";
        while (_at < content.Length && known.Contains(content[_at], StringComparison.Ordinal)) _at++;
        return content[start.._at];
    }

    private string Anchored(string pattern, string flags) => syntax == PatternSyntax.Perl && IsOn(flags, 'A') ? $@"\G(?:{pattern})" : pattern;

    // "i" is on unless switched off, and with Perl's expressions "s" too; POSIX's "m" also keeps the dot within a line.
    private RegexOptions OptionsOf(string flags)
    {
        var options = RegexOptions.CultureInvariant;
        if (!IsOn(flags, 'i')) options |= RegexOptions.IgnoreCase;
        if (IsOn(flags, 'm')) options |= RegexOptions.Multiline;
        if (!IsOn(flags, syntax == PatternSyntax.Posix ? 'm' : 's')) options |= RegexOptions.Singleline;
        if (syntax == PatternSyntax.Perl && IsOn(flags, 'x')) options |= RegexOptions.IgnorePatternWhitespace;
        return options;
    }

    private static bool IsOn(string flags, char flag) => flags.Count(c => c == flag) % 2 == 1;

    private void SkipSpace()
    {
        while (_at < content.Length && char.IsWhiteSpace(content[_at])) _at++;
    }
}
