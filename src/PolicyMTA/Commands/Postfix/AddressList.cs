using System.Text;

namespace PolicyMTA.Commands.Postfix;

/// <summary>
/// The addresses of a header field or a command line (RFC 5322 §3.4), generously: names, comments and groups are left out, what stands in angle brackets counts,
/// and whatever can't be read is taken as it stands, for cleanup to judge.
/// </summary>
internal static class AddressList
{
    /// <summary>The addresses in their internal form, without quotes.</summary>
    public static IReadOnlyList<string> Read(string text)
    {
        var found = new List<string>();
        var word = new Item();
        for (var i = 0; i < text.Length; i++)
        {
            switch (text[i])
            {
                case '(': i = SkipComment(text, i); break;
                case '"': i = word.Quote(text, i); break;
                case '<' when word.Bracketed is null: i = word.Bracket(text, i); break;
                case '[': i = word.Literal(text, i); break;
                case ',' or ';': word.TakeTo(found); break;
                // The name of a group; a colon in a bracket was read with it.
                case ':': word.Clear(); break;
                default: word.Append(text[i]); break;
            }
        }
        word.TakeTo(found);
        return found;
    }

    private static int SkipComment(string text, int start)
    {
        var depth = 0;
        for (var i = start; i < text.Length; i++)
        {
            if (text[i] == '\\') i++;
            else if (text[i] == '(') depth++;
            else if (text[i] == ')' && --depth == 0) return i;
        }
        return text.Length;
    }

    /// <summary>One address as far as it is read.</summary>
    private sealed class Item
    {
        private readonly StringBuilder _plain = new();

        public string? Bracketed { get; private set; }

        // White space around dots and the at sign is obsolete syntax (RFC 5322 §4.4): what stands outside quotes counts for nothing.
        public void Append(char c)
        {
            if (!char.IsWhiteSpace(c)) _plain.Append(c);
        }

        public void Clear() => (_, Bracketed) = (_plain.Clear(), null);

        public int Quote(string text, int start)
        {
            for (var i = start + 1; i < text.Length; i++)
            {
                if (text[i] == '"') return i;
                if (text[i] == '\\' && i + 1 < text.Length) i++;
                _plain.Append(text[i]);
            }
            return text.Length;
        }

        public int Literal(string text, int start)
        {
            var end = text.IndexOf(']', start);
            _plain.Append(text, start, (end < 0 ? text.Length : end + 1) - start);
            return end < 0 ? text.Length : end;
        }

        public int Bracket(string text, int start)
        {
            var inner = new Item();
            var i = start + 1;
            for (; i < text.Length && text[i] != '>'; i++)
            {
                if (text[i] == '"') i = inner.Quote(text, i);
                else if (text[i] == '[') i = inner.Literal(text, i);
                // A source route (RFC 5321 appendix C) is not followed.
                else if (text[i] == ':') inner.Clear();
                else inner.Append(text[i]);
            }
            Bracketed = inner._plain.ToString();
            return i;
        }

        public void TakeTo(List<string> found)
        {
            var address = Bracketed ?? _plain.ToString();
            if (address.Length > 0) found.Add(address);
            Clear();
        }
    }
}
