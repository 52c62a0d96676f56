using System.Globalization;
using PolicyMTA.Sdk;

namespace PolicyMTA.Filters.MilterClient;

/// <summary>What a filter answers to a step (SMFIR_*). A closed set of immutable values.</summary>
internal abstract record FilterReply
{
    private FilterReply() { }

    /// <summary>Go on.</summary>
    internal sealed record Continue : FilterReply;

    /// <summary>Enough of the body.</summary>
    internal sealed record Skip : FilterReply;

    /// <summary>It still works.</summary>
    internal sealed record Progress : FilterReply;

    /// <summary>It has decided.</summary>
    internal sealed record Decided(Verdict Verdict) : FilterReply;

    /// <summary>Something is to be changed: at the end of the message only.</summary>
    internal sealed record Edit(FilterEdit Change) : FilterReply;

    /// <exception cref="InvalidDataException">It is none.</exception>
    internal static FilterReply Read(Frame frame) => frame.Letter switch
    {
        'c' => new Continue(),
        's' => new Skip(),
        'p' => new Progress(),
        'a' => new Decided(Verdict.Permit),
        'd' => new Decided(new Verdict.Discard("a milter's word")),
        'r' => new Decided(new Verdict.Refuse(550, new EnhancedStatus(5, 7, 1), "Command rejected")),
        't' => new Decided(new Verdict.Refuse(451, new EnhancedStatus(4, 7, 1), "Service unavailable - try again later")),
        '4' => new Decided(new Verdict.Refuse(421, new EnhancedStatus(4, 7, 0), "Service unavailable") { Disconnects = true }),
        'y' => new Decided(ReadRefusal(frame)),
        'f' => throw new InvalidDataException("it said that it can't go on"),
        _ => new Edit(FilterEdit.Read(frame)),
    };

    // "550 5.7.1 text", each further line with the code before it and a hyphen where more follow.
    private static Verdict.Refuse ReadRefusal(Frame frame)
    {
        var lines = frame.Texts(0, 1, 1)[0].Split('\n').Select(line => line.TrimEnd('\r')).Where(line => line.Length > 0).ToArray();
        if (lines.Length == 0 || lines.Any(line => !IsLine(line) || line[..3] != lines[0][..3])) throw frame.Nonsense("is no SMTP reply that refuses");
        var code = int.Parse(lines[0][..3], CultureInfo.InvariantCulture);
        var texts = lines.Select(line => line.Length > 4 ? line[4..] : "").ToArray();
        var word = texts[0].Split(' ')[0];
        var hasStatus = EnhancedStatus.TryParse(word, out var status) && status.Class == code / 100;
        if (hasStatus) texts = [.. texts.Select(text => text == word || text.StartsWith(word + " ", StringComparison.Ordinal) ? text[word.Length..].TrimStart() : text)];
        else status = new EnhancedStatus((byte)(code / 100), 0, 0);
        return new Verdict.Refuse(code, status, texts[0]) { Further = texts[1..], Disconnects = code == 421 };
    }

    private static bool IsLine(string line) =>
        line.Length >= 3 && line[0] is '4' or '5' && char.IsAsciiDigit(line[1]) && char.IsAsciiDigit(line[2]) && (line.Length == 3 || line[3] is ' ' or '-');
}
