using System.Text;
using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Local;

/// <summary>
/// The one reader of what stands right of an alias, in <c>:include:</c> files and in <c>.forward</c> files: destinations with commas between them. Addresses are as
/// people write them (RFC 5322 §3.4): comments are left out, and of <c>Name &lt;address&gt;</c> the address stays.
/// </summary>
internal static class AliasValue
{
    private const string IncludeMark = ":include:";

    /// <summary>The destinations of one text; what says nothing is left out.</summary>
    public static List<AliasToken> Read(string text)
    {
        var tokens = new List<AliasToken>();
        var item = new Item();
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c == '"') i = item.TakeQuoted(text, i + 1);
            else if (c == '(' && !item.IsPlain) i = SkipComment(text, i);
            else if (c == ',' || c is '\n' or '\r' || (c == ';' && item.IsInAngles)) Finish(item, tokens);
            else if (c == '<' && !item.IsPlain) item.BeginAngle();
            else if (c == '>' && item.IsInAngles) item.EndAngle();
            else if (c is ' ' or '\t') item.TakeSpace();
            else item.Take(c);
        }
        Finish(item, tokens);
        return tokens;
    }

    /// <summary>The destinations of a file: a line that begins with <c>#</c> says nothing, and no line continues another.</summary>
    public static List<AliasToken> ReadLines(string text) =>
        [.. text.Split('\n').Where(line => !line.StartsWith('#')).SelectMany(line => Read(line.TrimEnd('\r')))];

    private static void Finish(Item item, List<AliasToken> tokens)
    {
        foreach (var address in item.End())
        {
            if (Make(address) is { } token) tokens.Add(token);
        }
    }

    private static AliasToken? Make((string Text, int At) item)
    {
        var (text, at) = item;
        if (text.Length == 0) return null;
        if (text[0] == '|') return text[1..].Trim() is { Length: > 0 } command ? new AliasToken.Command(command) : null;
        if (text[0] is '/' or '~') return new AliasToken.File(text.TrimEnd());
        if (text.StartsWith(IncludeMark, StringComparison.OrdinalIgnoreCase)) return text[IncludeMark.Length..].Trim() is { Length: > 0 } path ? new AliasToken.Include(path) : null;
        var (local, domain) = at < 0 ? (text, "") : (text[..at], text[(at + 1)..]);
        if (local.Length == 0) return null;
        return local[0] == '\\' && local.Length > 1 ? new AliasToken.Exact(new Address(local[1..], domain)) : new AliasToken.Mail(new Address(local, domain));
    }

    // Comments nest (RFC 5322 §3.2.2); one that never ends goes to the end.
    private static int SkipComment(string text, int open)
    {
        var depth = 0;
        for (var i = open; i < text.Length; i++)
        {
            if (text[i] == '\\') i++;
            else if (text[i] == '(') depth++;
            else if (text[i] == ')' && --depth == 0) return i;
        }
        return text.Length;
    }

    /// <summary>What stands between two commas, while it is read.</summary>
    private sealed class Item
    {
        private readonly StringBuilder _text = new();
        private readonly List<(string, int)> _before = [];
        private int _at = -1;
        private bool _hasAngles, _afterSpace;

        public bool IsInAngles { get; private set; }

        /// <summary>A command, a file or an include: its brackets and parentheses are its own.</summary>
        public bool IsPlain => _text.Length > 0 && !_hasAngles && (_text[0] is '|' or '/' or '~' || IsInclude);

        private bool IsInclude => _text.Length >= IncludeMark.Length && _text.ToString(0, IncludeMark.Length).Equals(IncludeMark, StringComparison.OrdinalIgnoreCase);

        public void Take(char c)
        {
            if (_hasAngles && !IsInAngles) return;
            BreakAtSpace();
            if (c == '@') _at = _text.Length;
            _text.Append(c);
        }

        public void TakeSpace()
        {
            if (IsPlain) _text.Append(' ');
            else _afterSpace = true;
        }

        /// <summary>Takes what is quoted, without its quotes; gives the position of the closing one.</summary>
        public int TakeQuoted(string text, int from)
        {
            if (!_hasAngles || IsInAngles) BreakAtSpace();
            var i = from;
            for (; i < text.Length && text[i] != '"'; i++)
            {
                // A backslash at the beginning is \name in quotes.
                if (text[i] == '\\' && i + 1 < text.Length && (_text.Length > 0 || text[i + 1] is '"' or '\\')) i++;
                if (!_hasAngles || IsInAngles) _text.Append(text[i]);
            }
            return i;
        }

        // What stood before was a name.
        public void BeginAngle()
        {
            _before.Clear();
            _text.Clear();
            (_at, _hasAngles, IsInAngles, _afterSpace) = (-1, true, true, false);
        }

        public void EndAngle() => IsInAngles = false;

        public IReadOnlyList<(string Text, int At)> End()
        {
            Push();
            IReadOnlyList<(string, int)> all = [.. _before];
            _before.Clear();
            (_hasAngles, IsInAngles, _afterSpace) = (false, false, false);
            return all;
        }

        // "one two" with the comma forgotten is two; around @ and dots white space means nothing.
        private void BreakAtSpace()
        {
            if (_afterSpace && !IsInAngles && _text.Length > 0) Push();
            _afterSpace = false;
        }

        private void Push()
        {
            var text = _text.ToString();
            _before.Add((text, _at));
            _text.Clear();
            _at = -1;
        }
    }
}
