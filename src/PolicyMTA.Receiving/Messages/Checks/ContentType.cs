using System.Text;

namespace PolicyMTA.Receiving.Messages.Checks;

/// <summary>What a Content-Type field says about structure (RFC 2045 §5.1): the type, and the boundary of a multipart. Reads whatever it is given.</summary>
internal readonly record struct ContentType(string Type, string Subtype, string? Boundary)
{
    internal static ContentType Plain { get; } = new("text", "plain", null);

    /// <summary>An attached message: its part of a digest has this type when it has none of its own.</summary>
    internal static ContentType Message { get; } = new("message", "rfc822", null);

    internal bool IsMultipart => Type == "multipart";

    internal bool IsMessage => Type == "message" && Subtype is "rfc822" or "global";

    internal static ContentType Read(string value)
    {
        var at = 0;
        var type = NextToken(value, ref at).ToLowerInvariant();
        if (NextToken(value, ref at) != "/") return new ContentType(type, "", null);
        var subtype = NextToken(value, ref at).ToLowerInvariant();
        string? boundary = null;
        for (string token; boundary is null && (token = NextToken(value, ref at)).Length > 0;)
        {
            if (token != ";") continue;
            var name = NextToken(value, ref at);
            if (name.Equals("boundary", StringComparison.OrdinalIgnoreCase) && NextToken(value, ref at) == "=") boundary = NextToken(value, ref at);
        }
        return new ContentType(type, subtype, boundary is { Length: > 0 } ? boundary : null);
    }

    /// <summary>A word, a quoted string without its quotes, or one character that is neither; comments and white space are passed over. Empty at the end.</summary>
    private static string NextToken(string value, ref int at)
    {
        while (at < value.Length)
        {
            var c = value[at];
            if (c is ' ' or '\t' or '\r' or '\n') at++;
            else if (c == '(') SkipComment(value, ref at);
            else if (c == '"') return Quoted(value, ref at);
            else if (IsSpecial(c)) return value[at++].ToString();
            else return Word(value, ref at);
        }
        return "";
    }

    private static string Word(string value, ref int at)
    {
        var start = at;
        while (at < value.Length && !IsSpecial(value[at]) && value[at] is not (' ' or '\t' or '\r' or '\n' or '"' or '(')) at++;
        return value[start..at];
    }

    private static string Quoted(string value, ref int at)
    {
        var text = new StringBuilder();
        for (at++; at < value.Length && value[at] != '"'; at++)
        {
            if (value[at] == '\\' && at + 1 < value.Length) at++;
            if (value[at] is not ('\r' or '\n')) text.Append(value[at]);
        }
        at++;
        return text.ToString();
    }

    private static void SkipComment(string value, ref int at)
    {
        for (var depth = 0; at < value.Length; at++)
        {
            if (value[at] == '\\') at++;
            else if (value[at] == '(') depth++;
            else if (value[at] == ')' && --depth == 0) break;
        }
        at++;
    }

    private static bool IsSpecial(char c) => c is '(' or ')' or '<' or '>' or '@' or ',' or ';' or ':' or '\\' or '"' or '/' or '[' or ']' or '?' or '=';
}
