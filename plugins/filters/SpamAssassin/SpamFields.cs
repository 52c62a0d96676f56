using System.Text;
using PolicyMTA.Filters.Scanning;
using PolicyMTA.Sdk;

namespace PolicyMTA.Filters.SpamAssassin;

/// <summary>The header section of a message as spamd gives it back, and what of it counts. Bytes are Latin-1 here.</summary>
internal static class SpamFields
{
    internal const string Prefix = "X-Spam-";

    // rewrite_header may change these; report_safe the last three too, with the body.
    private static readonly string[] Rewritten = ["Subject", "From", "To"];
    private static readonly string[] OfBody = ["MIME-Version", "Content-Type", "Content-Transfer-Encoding"];

    /// <summary>Reads fields up to the empty line.</summary>
    /// <exception cref="InvalidDataException">They are none, or too many.</exception>
    internal static async ValueTask<List<HeaderField>> ReadAsync(AnswerReader reader, int longest, CancellationToken cancellationToken)
    {
        var lines = new List<string>();
        for (var rest = longest; await reader.ReadLineAsync(rest, cancellationToken) is { Length: > 0 } line;)
        {
            rest -= line.Length + 1;
            if (rest < 0) throw new InvalidDataException($"a header section of more than {longest} bytes");
            lines.Add(line);
        }
        return Parse(lines);
    }

    /// <summary>What spamd says about a message that it gave back.</summary>
    internal static string Tests(IEnumerable<HeaderField> fields)
    {
        const string Start = "tests=";
        var status = fields.FirstOrDefault(field => field.Name.Equals("X-Spam-Status", StringComparison.OrdinalIgnoreCase))?.Value ?? "";
        var at = status.IndexOf(Start, StringComparison.Ordinal);
        if (at < 0) return "";
        // It is folded behind commas.
        var text = status[(at + Start.Length)..].Replace(",\r\n\t", ",", StringComparison.Ordinal);
        var end = text.AsSpan().IndexOfAny(' ', '\t', '\r');
        return end < 0 ? text : text[..end];
    }

    /// <summary>Gives the message the fields that spamd put into it. Of spam others may have changed too; what belongs to the body only with a new one.</summary>
    internal static void Apply(IMessage message, IReadOnlyList<HeaderField> given, bool isSpam, bool hasNewBody = false)
    {
        foreach (var field in given.Where(IsOurs).Reverse()) message.AddHeader(field.Name, Text(field.Value), atTop: true);
        if (!isSpam) return;
        foreach (var name in hasNewBody ? [.. Rewritten, .. OfBody] : Rewritten)
        {
            var (old, changed) = (Values(message.Headers, name), Values(given, name));
            if (old.SequenceEqual(changed)) continue;
            message.RemoveHeader(name);
            foreach (var value in changed) message.AddHeader(name, Text(value));
        }
    }

    /// <summary>True when the fields that tell what the body is are those of the message: then SpamAssassin made no report of it.</summary>
    internal static bool HasSameBody(IMessage message, IReadOnlyList<HeaderField> given) => OfBody.All(name => Values(message.Headers, name).SequenceEqual(Values(given, name)));

    /// <summary>The fields of a message that spamd did not give back.</summary>
    internal static void Apply(IMessage message, SpamJudgement judgement, string? report)
    {
        if (report is not null) message.AddHeader("X-Spam-Report", report, atTop: true);
        var word = judgement.IsSpam ? "Yes" : "No";
        message.AddHeader("X-Spam-Status", $"{word}, score={judgement.ScoreText} required={judgement.RequiredText}{(judgement.Tests.Length > 0 ? $"\r\n\ttests={judgement.Tests.Replace(",", ",\r\n\t", StringComparison.Ordinal)}" : "")}", atTop: true);
        if (judgement.IsSpam) message.AddHeader("X-Spam-Flag", "YES", atTop: true);
    }

    /// <summary>Takes away what claims to be SpamAssassin's.</summary>
    internal static void Remove(IMessage message)
    {
        foreach (var name in message.Headers.Where(IsOurs).Select(field => field.Name).Distinct(StringComparer.OrdinalIgnoreCase).ToList()) message.RemoveHeader(name);
    }

    // A bare carriage return would end a field for some.
    private static string Clean(string line) => line.Replace("\r", " ", StringComparison.Ordinal).Replace("\0", " ", StringComparison.Ordinal);

    private static bool IsOurs(HeaderField field) => field.Name.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase);

    private static List<string> Values(IEnumerable<HeaderField> fields, string name) =>
        [.. fields.Where(field => field.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(field => field.Value)];

    private static List<HeaderField> Parse(List<string> lines)
    {
        var fields = new List<HeaderField>();
        foreach (var line in lines.Select(Clean))
        {
            if (line[0] is ' ' or '\t' && fields.Count > 0)
            {
                fields[^1] = fields[^1] with { Value = $"{fields[^1].Value}\r\n{line}" };
                continue;
            }
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon <= 0 || line.AsSpan(0, colon).ContainsAnyExceptInRange('!', '~')) throw new InvalidDataException("a header line that is none");
            fields.Add(new HeaderField(line[..colon], line[(colon + 1)..]));
        }
        return fields;
    }

    // The message takes text and writes it as UTF-8.
    private static string Text(string bytes) => Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(bytes));
}
