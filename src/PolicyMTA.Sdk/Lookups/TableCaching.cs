namespace PolicyMTA.Sdk;

/// <summary>How the program remembers a table's answers (<c>cache_ttl</c>, <c>cache_negative_ttl</c>, <c>cache_size</c>, <c>cache_stale</c>). An immutable value.</summary>
public sealed record TableCaching
{
    /// <summary>What tables of another machine ask for: what is there is remembered for some seconds, that something is not there so shortly that a new mailbox works at once.</summary>
    public static TableCaching Network { get; } = new();

    /// <summary>The parameters' names, in a <c>.cf</c> file or a <c>[tables.NAME]</c> section.</summary>
    public static IReadOnlyList<string> Names { get; } = ["cache_ttl", "cache_negative_ttl", "cache_size", "cache_stale"];

    /// <summary>How long a value is remembered; zero for not at all.</summary>
    public TimeSpan Ttl { get; init; } = TimeSpan.FromSeconds(10);
    /// <summary>How long it is remembered that a key is not there; zero for not at all.</summary>
    public TimeSpan NegativeTtl { get; init; } = TimeSpan.FromSeconds(2);
    /// <summary>How many keys are remembered.</summary>
    public int Size { get; init; } = 10_000;
    /// <summary>How long an answer serves beyond its time while the table fails. Failures themselves are never remembered.</summary>
    public TimeSpan Stale { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Reads the parameters over what the table asks for; null when neither says anything, or the size or both times are zero.</summary>
    /// <exception cref="ConfigurationException">A value is wrong.</exception>
    public static TableCaching? Read(Func<string, string?> find, TableCaching? standard)
    {
        ArgumentNullException.ThrowIfNull(find);
        if (standard is null && Names.All(name => find(name) is null)) return null;
        var caching = standard ?? Network;
        caching = new TableCaching
        {
            Ttl = Time(find, "cache_ttl") ?? caching.Ttl,
            NegativeTtl = Time(find, "cache_negative_ttl") ?? caching.NegativeTtl,
            Size = Number(find, "cache_size") ?? caching.Size,
            Stale = Time(find, "cache_stale") ?? caching.Stale,
        };
        return caching.Size == 0 || caching.Ttl == TimeSpan.Zero && caching.NegativeTtl == TimeSpan.Zero ? null : caching;
    }

    private static TimeSpan? Time(Func<string, string?> find, string name)
    {
        if (find(name)?.Trim() is not { Length: > 0 } text) return null;
        var unit = char.IsAsciiLetter(text[^1]) ? text[^1] : 's';
        var seconds = unit switch { 's' => 1, 'm' => 60, 'h' => 3600, 'd' => 86_400, _ => 0 };
        var number = text.AsSpan().TrimEnd(unit);
        return seconds > 0 && int.TryParse(number, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var count) && count <= 864_000
            ? TimeSpan.FromSeconds((long)count * seconds)
            : throw new ConfigurationException($"{name}: '{text}' is no time such as 10s or 5m");
    }

    private static int? Number(Func<string, string?> find, string name)
    {
        if (find(name)?.Trim() is not { Length: > 0 } text) return null;
        return int.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var value) && value <= 10_000_000
            ? value
            : throw new ConfigurationException($"{name}: '{text}' is no number up to 10000000");
    }
}
