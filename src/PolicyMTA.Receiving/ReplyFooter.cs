using PolicyMTA.Sdk;
using PolicyMTA.Smtp;

namespace PolicyMTA.Receiving;

/// <summary>What follows a refusal (<c>smtpd_reject_footer</c>). An immutable value.</summary>
public sealed class ReplyFooter
{
    /// <summary>Before the text: it goes on in the reply's last line.</summary>
    private const string GoesOn = @"\c";
    private const string LineBreak = @"\n";

    private readonly bool _goesOn;
    private readonly IReadOnlyList<ReplyTemplate> _lines;

    private ReplyFooter(bool goesOn, IReadOnlyList<ReplyTemplate> lines) => (_goesOn, _lines) = (goesOn, lines);

    /// <summary>Reads a footer; null when it is empty.</summary>
    /// <exception cref="FormatException">It is none; the text tells why.</exception>
    public static ReplyFooter? Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length == 0) return null;
        var goesOn = text.StartsWith(GoesOn, StringComparison.Ordinal);
        return new ReplyFooter(goesOn, [.. (goesOn ? text[GoesOn.Length..] : text).Split(LineBreak).Select(ReplyTemplate.Parse)]);
    }

    /// <summary>What is wrong with a footer; null when nothing is.</summary>
    public static string? FindMistake(string text)
    {
        try
        {
            var unknown = Parse(text)?._lines.SelectMany(line => line.Names).FirstOrDefault(name => !SessionMacros.Names.Contains(name));
            return unknown is null ? null : $"there is no macro '{unknown}'";
        }
        catch (FormatException error)
        {
            return error.Message;
        }
    }

    /// <summary>The reply with the footer behind it. A macro that nobody knows is empty.</summary>
    internal SmtpReply AppendTo(SmtpReply reply, Func<string, string?> valueOf)
    {
        var lines = _lines.Select(line => line.Expand(valueOf, out _)).ToList();
        if (!_goesOn || reply.Lines.Count == 0) return reply with { Lines = [.. reply.Lines, .. lines] };
        return reply with { Lines = [.. reply.Lines.SkipLast(1), reply.Lines[^1] + lines[0], .. lines.Skip(1)] };
    }
}
