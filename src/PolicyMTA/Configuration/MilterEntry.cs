using PolicyMTA.Sdk;

namespace PolicyMTA.Configuration;

/// <summary>One milter of a list: its name, or <c>{ NAME, default_action=accept, connect_timeout=10s }</c> (MILTER_README). An immutable value.</summary>
/// <param name="Name">What a plugin knows it by.</param>
internal sealed record MilterEntry(string Name)
{
    private static readonly string[] Actions = ["accept", "reject", "tempfail", "quarantine", "shutdown"];

    /// <summary>True when something holds for it alone.</summary>
    public bool IsOwn => DefaultAction is not null || ConnectTimeout is not null || CommandTimeout is not null || ContentTimeout is not null;
    public string? DefaultAction { get; private init; }
    public TimeSpan? ConnectTimeout { get; private init; }
    public TimeSpan? CommandTimeout { get; private init; }
    public TimeSpan? ContentTimeout { get; private init; }

    /// <exception cref="ConfigurationException">It is none.</exception>
    public static MilterEntry Parse(string text)
    {
        var inner = text.Trim();
        if (!inner.StartsWith('{')) return new MilterEntry(inner);
        if (!inner.EndsWith('}')) throw new ConfigurationException($"the milter '{text}' lacks its closing brace");
        var words = WordList.Split(inner[1..^1]);
        if (words.Count == 0) throw new ConfigurationException("a milter in braces has no name");
        return words.Skip(1).Aggregate(new MilterEntry(words[0]), (entry, word) => entry.With(word));
    }

    private MilterEntry With(string word)
    {
        var equals = word.IndexOf('=', StringComparison.Ordinal);
        var (key, value) = equals < 0 ? (word, "") : (word[..equals], word[(equals + 1)..]);
        return key switch
        {
            "default_action" => this with { DefaultAction = Actions.Contains(value) ? value : throw new ConfigurationException($"the milter {Name}: default_action is one of {string.Join(", ", Actions)}, not '{value}'") },
            "connect_timeout" => this with { ConnectTimeout = Time(key, value) },
            "command_timeout" => this with { CommandTimeout = Time(key, value) },
            "content_timeout" => this with { ContentTimeout = Time(key, value) },
            "protocol" when value == "6" => this,
            "protocol" => throw new ConfigurationException($"the milter {Name}: protocol 6 is spoken, not '{value}'; older milters are understood in it"),
            _ => throw new ConfigurationException($"the milter {Name}: there is no setting '{key}'; write default_action, connect_timeout, command_timeout or content_timeout"),
        };
    }

    private TimeSpan Time(string key, string value) =>
        PostfixDuration.TryParse(value, 's', out var time) && time > TimeSpan.Zero ? time : throw new ConfigurationException($"the milter {Name}: {key} is a time such as 30s, not '{value}'");
}
