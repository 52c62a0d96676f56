using System.Text;

namespace PolicyMTA.Filters.Dmarc;

/// <summary>
/// The mailbox list of a From field (RFC 5322 §3.6.2, §4.4; groups by RFC 6854): the domains of its addresses. Strict where a reader could see another address, so an unquoted
/// "@" in a display name is no display name.
/// </summary>
internal ref struct FromParser
{
    private const int DeepestComment = 32;

    private readonly ReadOnlySpan<char> _text;
    private readonly List<string> _domains = [];
    private int _at;

    private FromParser(ReadOnlySpan<char> text) => _text = text;

    private readonly char Current => _at < _text.Length ? _text[_at] : '\0';

    /// <summary>Reads a field's value; false when it is malformed.</summary>
    internal static bool TryParse(string value, out List<string> domains)
    {
        var parser = new FromParser(value);
        domains = parser._domains;
        return parser.TryList(isGroup: false) && parser._at == value.Length && domains.Count > 0;
    }

    private bool TryList(bool isGroup)
    {
        while (true)
        {
            if (!TrySpace()) return false;
            // Empty elements are of the old syntax (§4.4).
            if (Current == ',')
            {
                _at++;
                continue;
            }
            if (_at == _text.Length) return !isGroup;
            if (Current == ';') return isGroup;
            if (!TryElement(isGroup) || !TrySpace()) return false;
            if (_at < _text.Length && Current is not (',' or ';')) return false;
        }
    }

    // Words, then what they were: a display name before "<", a group's name before ":", or the local part before "@".
    private bool TryElement(bool isGroup)
    {
        var words = 0;
        var isLocal = true;
        while (true)
        {
            if (Current == '"' ? !TryQuoted() : !TryAtom(ref isLocal)) return words == 0 && Current == '<' && TryAngle();
            words++;
            if (!TrySpace()) return false;
            switch (Current)
            {
                case '@': return words == 1 && isLocal && TryDomain();
                case '<': return TryAngle();
                case ':': return !isGroup && TryGroup();
            }
        }
    }

    private bool TryGroup()
    {
        _at++;
        if (!TryList(isGroup: true) || Current != ';') return false;
        _at++;
        return true;
    }

    private bool TryAngle()
    {
        _at++;
        if (!TrySpace()) return false;
        var isLocal = true;
        if (!(Current == '"' ? TryQuoted() : TryAtom(ref isLocal)) || !isLocal || !TrySpace() || Current != '@' || !TryDomain() || !TrySpace() || Current != '>') return false;
        _at++;
        return true;
    }

    private bool TryDomain()
    {
        _at++;
        if (!TrySpace()) return false;
        var start = _at;
        while (IsAtomText(Current) || Current == '.') _at++;
        if (_at == start) return false;
        _domains.Add(_text[start.._at].ToString());
        return true;
    }

    // Dots are at home in local parts, and stand in names as well ("J. Doe").
    private bool TryAtom(ref bool isLocal)
    {
        var start = _at;
        while (IsAtomText(Current) || Current == '.') _at++;
        var atom = _text[start.._at];
        isLocal = atom is not (['.', ..] or [.., '.']) && !atom.Contains("..", StringComparison.Ordinal);
        return _at > start;
    }

    private bool TryQuoted()
    {
        for (_at++; _at < _text.Length; _at++)
        {
            if (_text[_at] == '"')
            {
                _at++;
                return true;
            }
            if (_text[_at] == '\\') _at++;
            if (!IsQuotable(Current)) return false;
        }
        return false;
    }

    // White space, folds, comments.
    private bool TrySpace()
    {
        while (true)
        {
            if (Current is ' ' or '\t') _at++;
            else if (_text[_at..].StartsWith("\r\n", StringComparison.Ordinal)) _at += 2;
            else if (Current != '(') return true;
            else if (!TryComment()) return false;
        }
    }

    private bool TryComment()
    {
        var depth = 0;
        for (; _at < _text.Length; _at++)
        {
            if (_text[_at] == '(' && ++depth > DeepestComment) return false;
            if (_text[_at] == ')' && --depth == 0)
            {
                _at++;
                return true;
            }
            if (_text[_at] == '\\') _at++;
            if (!IsQuotable(Current)) return false;
        }
        return false;
    }

    private static bool IsQuotable(char c) => c is >= ' ' and not '\x7f' or '\t' or '\r' or '\n';

    private static bool IsAtomText(char c) => char.IsAsciiLetterOrDigit(c) || c > '\x9f' && !char.IsWhiteSpace(c) && Rune.IsValid(c) || c != '\0' && "!#$%&'*+-/=?^_`{|}~".Contains(c, StringComparison.Ordinal);
}
