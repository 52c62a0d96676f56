using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace PolicyMTA.Crash;

/// <summary>A message whose header says what its body must be, so that whoever finds it can tell whether it is whole.</summary>
internal static partial class Letter
{
    internal const int Largest = 5 << 20;

    private const int LineLength = 72;

    private static readonly string Text = MakeText();

    /// <summary>The content of one letter, with its dots doubled for the wire.</summary>
    internal static string Write(int number, int size)
    {
        var start = number * 7 % 1000 * LineLength;
        var body = string.Create(CultureInfo.InvariantCulture, $"letter {number}\r\n{Text.AsSpan(start, size / LineLength * LineLength)}");
        var header = string.Create(CultureInfo.InvariantCulture, $"From: <alice@example.test>\r\nMessage-ID: <{number}@crash.test>\r\nSubject: letter {number}\r\nX-Letter: {number} {body.Length} {Hash(body)}\r\n\r\n");
        return header + body.Replace("\r\n.", "\r\n..", StringComparison.Ordinal);
    }

    /// <summary>Which letter a content is and whether every byte of it is there; number 0 when it does not even say that.</summary>
    internal static (int Number, bool IsWhole) Read(string content)
    {
        var body = content.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        if (body < 0 || Mark().Match(content[..(body + 2)]) is not { Success: true } mark) return (0, false);
        var text = content[(body + 4)..];
        return (Number(mark, 1), text.Length == Number(mark, 2) && Hash(text) == mark.Groups[3].Value);
    }

    /// <summary>Which letter a report returns, and for which recipients.</summary>
    internal static (int Number, IReadOnlyList<string> Recipients) ReadReport(string content)
    {
        var mark = Mark().Match(content);
        return (mark.Success ? Number(mark, 1) : 0, [.. FinalRecipient().Matches(content).Select(match => match.Groups[1].Value)]);
    }

    private static int Number(Match mark, int group) => int.Parse(mark.Groups[group].Value, CultureInfo.InvariantCulture);

    private static string Hash(string text) => Convert.ToHexString(SHA256.HashData(Encoding.Latin1.GetBytes(text)));

    private static string MakeText()
    {
        var random = new Random(1);
        var text = new StringBuilder();
        for (var line = 0; line < Largest / LineLength + 2000; line++)
        {
            // Some lines begin with a dot, which the wire doubles.
            text.Append(random.Next(20) == 0 ? '.' : 'x');
            for (var i = 1; i < LineLength - 2; i++) text.Append((char)('a' + random.Next(26)));
            text.Append("\r\n");
        }
        return text.ToString();
    }

    [GeneratedRegex("^X-Letter: (\\d+) (\\d+) ([0-9A-F]{64})\\r$", RegexOptions.Multiline)]
    private static partial Regex Mark();

    [GeneratedRegex("^Final-Recipient: rfc822; *([^\\s]+)\\r$", RegexOptions.Multiline)]
    private static partial Regex FinalRecipient();
}
