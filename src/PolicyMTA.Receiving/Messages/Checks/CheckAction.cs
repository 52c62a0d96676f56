using PolicyMTA.Policy;
using PolicyMTA.Sdk;

namespace PolicyMTA.Receiving.Messages.Checks;

/// <summary>What a table of checks has for a line: an action and its text (header_checks(5)). An immutable value.</summary>
internal readonly record struct CheckAction(string Name, string Text)
{
    private static readonly EnhancedStatus Rejected = new(5, 7, 1);

    internal static CheckAction Read(string value)
    {
        var space = value.AsSpan().IndexOfAny(' ', '\t');
        return space < 0 ? new CheckAction(value.ToUpperInvariant(), "") : new CheckAction(value[..space].ToUpperInvariant(), value[space..].Trim());
    }

    /// <summary>What is wrong with it, in Postfix's words; null when it can be done.</summary>
    internal string? FindMistake(bool isHeader) => Name switch
    {
        "PREPEND" or "REPLACE" when Text.Length == 0 => $"{Name} action without text",
        "PREPEND" or "REPLACE" when isHeader && !IsHeader(Text) => $"bad {Name} header text -- need \"headername: headervalue\"",
        "PREPEND" or "REPLACE" when Text.AsSpan().ContainsAny('\r', '\n', '\0') => $"bad {Name} text: it has more than one line",
        "FILTER" when Text.Length == 0 => "missing FILTER command argument",
        "FILTER" when !Text.Contains(':', StringComparison.Ordinal) => $"bad FILTER command {Text} -- need transport:destination",
        "REDIRECT" when !Text.Contains('@', StringComparison.Ordinal) => $"bad REDIRECT target \"{Text}\" -- need user@domain",
        "BCC" when !Text.Contains('@', StringComparison.Ordinal) => $"bad BCC address \"{Text}\" -- need user@domain",
        "REJECT" or "WARN" or "INFO" or "PASS" or "DISCARD" or "HOLD" or "PREPEND" or "REPLACE" or "FILTER" or "REDIRECT" or "BCC" or "STRIP" or "IGNORE" or "DUNNO" => null,
        _ => $"unknown command: {Name}",
    };

    /// <summary>What REJECT answers: a status may stand before the text.</summary>
    internal Refusal Refusal
    {
        get
        {
            if (Text.Length == 0) return new Refusal(550, Rejected, "message content rejected");
            var space = Text.IndexOf(' ', StringComparison.Ordinal);
            var hasStatus = space > 0 && EnhancedStatus.TryParse(Text[..space], out var given) && given.Class is 4 or 5;
            var status = hasStatus ? EnhancedStatus.Parse(Text[..space]) : Rejected;
            return new Refusal(status.Class == 4 ? 451 : 550, status, hasStatus ? Text[space..].Trim() : Text);
        }
    }

    /// <summary>The text, as the log has it.</summary>
    internal string Told => Name == "REJECT" ? $"{Refusal.Status} {Refusal.Text}" : Text;

    private static bool IsHeader(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon > 0 && !text.AsSpan(0, colon).TrimEnd().ContainsAnyExceptInRange('!', '~');
    }
}
