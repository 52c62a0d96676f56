namespace PolicyMTA.Addressing;

internal enum AddressTokenKind
{
    Atom,
    Quoted,
    Literal,
    Comment,
    /// <summary>One of the characters that build addresses and lists: <c>@ . ! % &lt; &gt; , ; :</c>.</summary>
    Operator,
}

/// <summary>A word, operator or comment of an address, and where it stands in the text it was read from.</summary>
internal readonly record struct AddressToken(AddressTokenKind Kind, string Text, int Start, int End)
{
    internal bool IsWord => Kind is AddressTokenKind.Atom or AddressTokenKind.Quoted or AddressTokenKind.Literal;

    internal bool Is(char c) => Kind == AddressTokenKind.Operator && Text[0] == c;

    internal static AddressToken Of(char c) => new(AddressTokenKind.Operator, c.ToString(), 0, 0);

    /// <summary>
    /// Reads the tokens of an address or of a whole field, white space left out. Whatever is no syntax is an atom: nothing fails. Quoted words come without their quotes,
    /// literals and comments as they stand. Behind <paramref name="limit"/> tokens it stops.
    /// </summary>
    internal static List<AddressToken> Scan(string text, int limit = int.MaxValue)
    {
        var tokens = new List<AddressToken>();
        for (var at = 0; at < text.Length && tokens.Count < limit;)
        {
            var c = text[at];
            if (c is ' ' or '\t' or '\r' or '\n')
            {
                at++;
                continue;
            }
            var end = c switch
            {
                '(' => EndOfComment(text, at),
                '"' => EndOfEnclosed(text, at, '"'),
                '[' => EndOfEnclosed(text, at, ']'),
                _ when IsOperator(c) => at + 1,
                _ => EndOfAtom(text, at),
            };
            tokens.Add(c switch
            {
                '(' => new AddressToken(AddressTokenKind.Comment, text[at..end], at, end),
                '"' => new AddressToken(AddressTokenKind.Quoted, Unquote(text.AsSpan(at + 1, end - at - 1)), at, end),
                '[' => new AddressToken(AddressTokenKind.Literal, text[at..end], at, end),
                _ when IsOperator(c) => new AddressToken(AddressTokenKind.Operator, text[at..end], at, end),
                _ => new AddressToken(AddressTokenKind.Atom, text[at..end], at, end),
            });
            at = end;
        }
        return tokens;
    }

    private static bool IsOperator(char c) => c is '@' or '.' or '!' or '%' or '<' or '>' or ',' or ';' or ':';

    private static int EndOfAtom(string text, int at)
    {
        for (at++; at < text.Length; at++)
        {
            if (IsOperator(text[at]) || text[at] is ' ' or '\t' or '\r' or '\n' or '(' or '"' or '[') return at;
        }
        return at;
    }

    private static int EndOfEnclosed(string text, int at, char close)
    {
        for (at++; at < text.Length; at++)
        {
            if (text[at] == '\\') at++;
            else if (text[at] == close) return at + 1;
        }
        return text.Length;
    }

    private static int EndOfComment(string text, int at)
    {
        for (var depth = 0; at < text.Length; at++)
        {
            if (text[at] == '\\') at++;
            else if (text[at] == '(') depth++;
            else if (text[at] == ')' && --depth == 0) return at + 1;
        }
        return text.Length;
    }

    // What is between the quotes; the closing one may lack.
    private static string Unquote(ReadOnlySpan<char> inside)
    {
        var unquoted = new System.Text.StringBuilder(inside.Length);
        for (var i = 0; i < inside.Length; i++)
        {
            if (inside[i] == '"') break;
            if (inside[i] == '\\' && i + 1 < inside.Length) i++;
            // A quoted word may be folded (RFC 5322 §3.2.4).
            if (inside[i] is not ('\r' or '\n')) unquoted.Append(inside[i]);
        }
        return unquoted.ToString();
    }
}
