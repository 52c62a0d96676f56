using System.Buffers;
using System.Text;
using PolicyMTA.Sdk;

namespace PolicyMTA.Receiving.Messages;

/// <summary>The Authentication-Results field (RFC 8601): ours is written from what restrictions and milters found; one that claims to be ours and came from outside is removed. Pure.</summary>
internal static class AuthenticationResultsField
{
    private const string Name = "Authentication-Results";

    private static readonly SearchValues<char> EndsWord = SearchValues.Create(" \t\r\n;(");

    private static ReadOnlySpan<byte> NameBytes => "Authentication-Results"u8;

    /// <summary>Writes the field with its line end; nothing when nothing was found, or nobody is to speak.</summary>
    internal static void Write(StringBuilder head, AuthenticationResults results, string authservId)
    {
        if (authservId.Length == 0 || !results.Items.Any(result => result.IsPublished)) return;
        head.Append(Name).Append(": ").Append(authservId);
        foreach (var result in results.Items.Where(result => result.IsPublished)) head.Append(";\r\n\t").Append(result);
        head.Append("\r\n");
    }

    /// <summary>Fields of a message as it came that say they are ours (RFC 8601 §5).</summary>
    internal static IReadOnlyList<HeaderField> FindForged(ReceivedMessage message, string authservId)
    {
        if (authservId.Length == 0 || !MayHold(message.Start.Span)) return [];
        return [.. message.Headers.Where(field => field.Name.Equals(Name, StringComparison.OrdinalIgnoreCase) && AuthservIdOf(field.Value).Equals(authservId, StringComparison.OrdinalIgnoreCase))];
    }

    /// <summary>Removes them; what a milter of ours wrote stays, even when it reads the same.</summary>
    internal static void Remove(ReceivedMessage message, IReadOnlyList<HeaderField> forged)
    {
        if (forged.Count > 0) message.Section.RemoveWhere(field => forged.Any(one => ReferenceEquals(one, field)));
    }

    /// <summary>Who speaks in a field: the first word behind white space and comments, which may stand in quotes.</summary>
    internal static string AuthservIdOf(string value)
    {
        var rest = value.AsSpan();
        while (true)
        {
            rest = rest.TrimStart(" \t\r\n");
            if (rest.IsEmpty || rest[0] != '(') break;
            rest = rest[CommentLength(rest)..];
        }
        if (rest is not ['"', ..]) return rest[..(rest.IndexOfAny(EndsWord) is >= 0 and var end ? end : rest.Length)].ToString();
        var word = new StringBuilder();
        for (var i = 1; i < rest.Length && rest[i] != '"'; i++)
        {
            if (rest[i] == '\\' && i + 1 < rest.Length) i++;
            word.Append(rest[i]);
        }
        return word.ToString().Trim();
    }

    private static int CommentLength(ReadOnlySpan<char> text)
    {
        var depth = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\') i++;
            else if (text[i] == '(') depth++;
            else if (text[i] == ')' && --depth == 0) return i + 1;
        }
        return text.Length;
    }

    // Nearly no message has one: its lines are looked at before its fields are taken apart.
    private static bool MayHold(ReadOnlySpan<byte> start)
    {
        while (!start.IsEmpty && !start.StartsWith("\r\n"u8))
        {
            if (start.Length > NameBytes.Length && Ascii.EqualsIgnoreCase(start[..NameBytes.Length], NameBytes)) return true;
            var end = start.IndexOf((byte)'\n');
            if (end < 0) return false;
            start = start[(end + 1)..];
        }
        return false;
    }
}
