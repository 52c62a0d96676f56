using System.Text;
using System.Text.RegularExpressions;
using PolicyMTA.Receiving.Messages;
using PolicyMTA.Sdk;

namespace PolicyMTA.Fuzz.Targets;

/// <summary>
/// Authentication-Results: who speaks in a field that came in is the same for a slow reader, and no comment hides it; what we write, whatever the text in it, is one result and one line.
/// </summary>
internal sealed partial class ResultsTarget : FuzzTarget
{
    private const string Own = "mx.example.test";

    public override string Name => "results";

    public override IReadOnlyList<string> Words { get; } =
        [Own, $"\"{Own}\"", "(", ")", "\\", "\"", "\\\"", ";", " ", "\t", "\r\n ", "1", "dkim=pass", " header.d=example.test", "reason=", "spf=fail", "; none", "(a (b) c)", "\\)", "=", "\u00e9", "\0", "mx.example.test.", "MX.EXAMPLE.TEST"];

    public override void Check(byte[] input)
    {
        var text = Octets.Text(input);
        Require(AuthenticationResultsField.AuthservIdOf(text) == Speaker(text), "somebody else speaks");
        var comment = string.Concat(text.Select(c => c is '(' or ')' or '\\' ? $"\\{c}" : $"{c}"));
        foreach (var field in (ReadOnlySpan<string>)[$" ({comment}) {Own}; none", $"({comment})\r\n\t({comment})\"{Own}\" 1; none", $"{Own};{text}", $"{Own} {text}", $"\"{Own}\"{text}"])
        {
            Require(AuthenticationResultsField.AuthservIdOf(field) == Own, "who speaks is hidden");
        }
        var written = new AuthenticationResult("dkim", "pass", text) { Properties = [new("header.d", text), new("header.b", text)] }.ToString();
        Require(Result().IsMatch(written), "a text ends the result, or the field");
    }

    /// <summary>One character after the other.</summary>
    private static string Speaker(string text)
    {
        var word = new StringBuilder();
        var (depth, isQuoted, isEscaped, hasBegun) = (0, false, false, false);
        foreach (var c in text)
        {
            if (isEscaped)
            {
                if (depth == 0) word.Append(c);
                isEscaped = false;
            }
            else if (depth > 0)
            {
                isEscaped = c == '\\';
                depth += c switch { '(' => 1, ')' => -1, _ => 0 };
            }
            else if (isQuoted)
            {
                if (c == '"') break;
                if (c == '\\') isEscaped = true;
                else word.Append(c);
            }
            else if (!hasBegun && c == '(') depth = 1;
            else if (!hasBegun && c is ' ' or '\t' or '\r' or '\n' && !hasBegun) continue;
            else if (!hasBegun && c == '"') (isQuoted, hasBegun) = (true, true);
            else if (c is ' ' or '\t' or '\r' or '\n' or ';' or '(') break;
            else
            {
                hasBegun = true;
                word.Append(c);
            }
        }
        // A quoted word that the end cuts off behind a backslash keeps it.
        if (isQuoted && isEscaped) word.Append('\\');
        return isQuoted ? word.ToString().Trim() : word.ToString();
    }

    [GeneratedRegex("""\Adkim=pass(?: reason="(?:[ !#-\[\]-~]|\\["\\])*")?(?: header\.[db]=(?:[!#-'*+\-.0-9A-Z^-~@]+|"(?:[ !#-\[\]-~]|\\["\\])*"))*\z""")]
    private static partial Regex Result();
}
