using System.Text;
using System.Text.RegularExpressions;

namespace PolicyMTA.Lookups.Text;

/// <summary>Writes POSIX and Perl expressions as .NET takes them. Classes are those of ASCII, as in both; what only .NET knows is refused or taken for a character.</summary>
internal sealed class PatternTranslation
{
    private static readonly Dictionary<string, string> Classes = new(StringComparer.Ordinal)
    {
        ["alpha"] = "a-zA-Z", ["digit"] = "0-9", ["alnum"] = "a-zA-Z0-9", ["upper"] = "A-Z", ["lower"] = "a-z", ["space"] = @" \t\n\r\f\v", ["blank"] = @" \t",
        ["punct"] = @"!-/:-@\[-`{-~", ["print"] = " -~", ["graph"] = "!-~", ["cntrl"] = @"\x00-\x1f\x7f", ["xdigit"] = "0-9a-fA-F", ["word"] = "a-zA-Z0-9_",
    };

    private readonly string _pattern;
    private readonly PatternDialect _dialect;
    private readonly StringBuilder _text = new();
    private int _at;
    // Whether a quantifier may follow.
    private bool _hasAtom;

    private PatternTranslation(string pattern, PatternDialect dialect) => (_pattern, _dialect) = (pattern, dialect);

    /// <exception cref="FormatException">A bracket does not end, names an unknown class, or a quantifier has nothing before it.</exception>
    internal static string Translate(string pattern, PatternDialect dialect)
    {
        var translation = new PatternTranslation(pattern, dialect);
        while (translation._at < pattern.Length) translation.Step();
        return translation._text.ToString();
    }

    private void Step()
    {
        var c = _pattern[_at++];
        switch (c)
        {
            case '\\': Escape(); break;
            case '[': Bracket(); break;
            case '$' when _dialect.EndsAtLastByte && !IsBasicCharacter(atEnd: true): Assertion(@"\z"); break;
            case '*' when _dialect.Syntax == PatternSyntax.PosixBasic && !_hasAtom: Atom(@"\*"); break;
            case '*': Quantifier("*"); break;
            case '+' or '?' or '|' or '(' or ')' or '{' or '}' when _dialect.Syntax == PatternSyntax.PosixBasic: Atom("\\" + c); break;
            case '+' or '?': Quantifier(c.ToString()); break;
            case '{': Interval("}"); break;
            case '(': Open(); break;
            case '|': Assertion("|"); break;
            case '^': Assertion(_dialect.Syntax == PatternSyntax.PosixBasic && _at > 1 ? @"\^" : "^"); break;
            default: Atom(c.ToString()); break;
        }
    }

    // In a basic expression a dollar inside is a character.
    private bool IsBasicCharacter(bool atEnd) => _dialect.Syntax == PatternSyntax.PosixBasic && atEnd && _at < _pattern.Length;

    private void Atom(string text)
    {
        _text.Append(text);
        _hasAtom = true;
    }

    private void Assertion(string text)
    {
        _text.Append(text);
        _hasAtom = false;
    }

    private void Open()
    {
        if (_at < _pattern.Length && _pattern[_at] == '?' && !_dialect.IsPerl) throw new FormatException("Invalid preceding regular expression");
        // .NET has these names without the P.
        if (_pattern.AsSpan(_at).StartsWith("?P<")) _at += 2;
        else if (_pattern.AsSpan(_at).StartsWith("?"))
        {
            Assertion("(?");
            _at++;
            return;
        }
        else
        {
            Assertion("(");
            return;
        }
        Assertion("(?");
    }

    private void Quantifier(string text)
    {
        if (!_hasAtom && !_dialect.IsPerl) throw new FormatException("Invalid preceding regular expression");
        if (_dialect.IsPerl)
        {
            var isLazy = _at < _pattern.Length && _pattern[_at] == '?';
            if (isLazy) _at++;
            _text.Append(text).Append(isLazy != _dialect.IsUngreedy ? "?" : "");
            return;
        }
        // POSIX takes a quantifier of a quantified expression: (a*)? is written a*?.
        while (_at < _pattern.Length && _pattern[_at] is '*' or '+' or '?' && _dialect.Syntax == PatternSyntax.Posix)
        {
            if (_pattern[_at] != text[0]) text = "*";
            _at++;
        }
        _text.Append(text);
    }

    private void Interval(string close)
    {
        var end = _pattern.IndexOf(close, _at, StringComparison.Ordinal);
        var bounds = end < 0 ? "" : _pattern[_at..end];
        if (!Regex.IsMatch(bounds, @"\A[0-9]*(,[0-9]*)?\z") || bounds.Length == 0)
        {
            if (_dialect.IsPerl) Atom(@"\{");
            else throw new FormatException(@"Unmatched \{");
            return;
        }
        if (_dialect.IsPerl && bounds[0] == ',')
        {
            Atom(@"\{");
            return;
        }
        _at = end + close.Length;
        Quantifier("{" + (bounds[0] == ',' ? "0" : "") + bounds + "}");
    }

    private void Escape()
    {
        if (_at == _pattern.Length) throw new FormatException("Trailing backslash");
        var c = _pattern[_at++];
        switch (c)
        {
            case 'd' or 'D' or 'h' when !_dialect.IsPerl: Atom(c.ToString()); break;
            case 'd': Atom("[0-9]"); break;
            case 'D': Atom("[^0-9]"); break;
            case 'h': Atom(@"[ \t]"); break;
            case 'w': Atom("[a-zA-Z0-9_]"); break;
            case 'W': Atom("[^a-zA-Z0-9_]"); break;
            case 's': Atom(@"[ \t\n\r\f\v]"); break;
            case 'S': Atom(@"[^ \t\n\r\f\v]"); break;
            case 'b' or 'B': Assertion("\\" + c); break;
            case '<' when !_dialect.IsPerl: Assertion(@"\b(?=\w)"); break;
            case '>' when !_dialect.IsPerl: Assertion(@"\b(?<=\w)"); break;
            case '(' or '|' when _dialect.Syntax == PatternSyntax.PosixBasic: Assertion(c.ToString()); break;
            case ')' when _dialect.Syntax == PatternSyntax.PosixBasic: Atom(")"); break;
            case '+' or '?' when _dialect.Syntax == PatternSyntax.PosixBasic: Quantifier(c.ToString()); break;
            case '{' when _dialect.Syntax == PatternSyntax.PosixBasic: Interval(@"\}"); break;
            // A letter that POSIX gives no meaning is itself; what .NET would make of it is another matter.
            case var letter when !_dialect.IsPerl && char.IsAsciiLetter(letter): Atom(letter.ToString()); break;
            case 'Q': Quote(); break;
            default: Atom("\\" + c); break;
        }
    }

    private void Quote()
    {
        var end = _pattern.IndexOf(@"\E", _at, StringComparison.Ordinal);
        var (text, next) = end < 0 ? (_pattern[_at..], _pattern.Length) : (_pattern[_at..end], end + 2);
        foreach (var c in text) Atom(Regex.Escape(c.ToString()));
        _at = next;
    }

    private void Bracket()
    {
        _text.Append('[');
        if (_at < _pattern.Length && _pattern[_at] == '^') _text.Append(_pattern[_at++]);
        for (var isFirst = true; _at < _pattern.Length; isFirst = false)
        {
            var c = _pattern[_at++];
            if (c == ']' && !isFirst)
            {
                Atom("]");
                return;
            }
            if (c == '[' && _at < _pattern.Length && _pattern[_at] == ':') Class();
            else if (c == '\\' && _dialect.IsPerl && _at < _pattern.Length) _text.Append(Member(_pattern[_at++]));
            // A backslash is an ordinary character in POSIX brackets; "[" would begin a subtraction in .NET.
            else if (c is '\\' or '[' or ']') _text.Append('\\').Append(c);
            else _text.Append(c);
        }
        throw new FormatException("a [ that does not end");
    }

    private static string Member(char c) => c switch
    {
        'd' => "0-9",
        'w' => "a-zA-Z0-9_",
        's' => @" \t\n\r\f\v",
        'h' => @" \t",
        _ => "\\" + c,
    };

    private void Class()
    {
        var end = _pattern.IndexOf(":]", _at + 1, StringComparison.Ordinal);
        var name = end < 0 ? "" : _pattern[(_at + 1)..end];
        _text.Append(Classes.TryGetValue(name, out var members) ? members : throw new FormatException($"unknown class [:{name}:]"));
        _at = end + 2;
    }
}
