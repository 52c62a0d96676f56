using System.Text.RegularExpressions;
using PolicyMTA.Import.Reading;

namespace PolicyMTA.Import.Translation;

/// <summary>Values of Postfix as values of a key of PolicyMTA.</summary>
internal sealed partial class ValueTranslation(TableReferences tables, TargetCatalogue catalogue)
{
    // Levels that the client does not have, and the nearest one that it has.
    private static readonly Dictionary<string, string> Nearest = new(StringComparer.Ordinal) { ["dane"] = "may", ["dane-only"] = "encrypt", ["half-dane"] = "may", ["fingerprint"] = "encrypt", ["2"] = "1", ["3"] = "1", ["4"] = "1" };

    /// <summary>The value as TOML; null where nothing is left of it.</summary>
    /// <param name="key">The key.</param>
    /// <param name="parameter">The parameter as written.</param>
    /// <param name="values">What it may refer to.</param>
    /// <param name="losses">What it does not mean any more.</param>
    public string? ToToml(TargetKey key, Parameter parameter, SourceValues values, ICollection<string> losses)
    {
        if (Inline(parameter.Value, values, losses) is not { } text) return null;
        text = White().Replace(text, " ").Trim();
        return key.Value switch
        {
            TargetValue.Boolean when text.ToLowerInvariant() is "yes" or "no" => text.Equals("yes", StringComparison.OrdinalIgnoreCase) ? "true" : "false",
            TargetValue.Boolean or TargetValue.Number when text.Contains('$', StringComparison.Ordinal) => TomlText.Quote(text),
            TargetValue.Boolean => Lose(losses, $"\"{text}\" is neither yes nor no"),
            TargetValue.Number when text.Length is > 0 and < 19 && text.All(char.IsAsciiDigit) => text.TrimStart('0') is { Length: > 0 } digits ? digits : "0",
            TargetValue.Number => Lose(losses, $"\"{text}\" is no number"),
            TargetValue.Choice => Choose(key, text, losses),
            TargetValue.Path => TomlText.Quote(tables.BringFile(text, losses)),
            TargetValue.Networks => Networks(text, losses),
            TargetValue.Tables => TomlText.Quote(tables.Rewrite(Listed(text, losses), losses)),
            _ => TomlText.Quote(tables.Rewrite(text, losses, hasOthers: true)),
        };
    }

    /// <summary>The first line of a file that stands in the place of a value; null where there is none.</summary>
    public string? ReadFirstLine(string path) => tables.ReadList(path)?.Split(' ')[0];

    // References to keys that PolicyMTA has too are kept; everything else is written out.
    private string? Inline(string value, SourceValues values, ICollection<string> losses)
    {
        if (!value.Contains('$', StringComparison.Ordinal)) return value;
        if (!values.TryExpand(value, out var expanded, out var mistake))
        {
            losses.Add(mistake);
            return null;
        }
        var names = Reference().Matches(value).Select(match => match.Groups[1].Value).ToList();
        return !value.Contains("${{", StringComparison.Ordinal) && names.Count > 0 && names.TrueForAll(catalogue.Keys.ContainsKey) ? value : expanded;
    }

    private static string? Choose(TargetKey key, string text, ICollection<string> losses)
    {
        var word = text.ToLowerInvariant();
        if (text.Contains('$', StringComparison.Ordinal) || key.Choices.Contains(word)) return TomlText.Quote(text.Contains('$', StringComparison.Ordinal) ? text : word);
        if (word.Length == 0) return null;
        if (Nearest.GetValueOrDefault(word) is { } near && key.Choices.Contains(near))
        {
            losses.Add($"there is no {word}: {near} is the nearest");
            return TomlText.Quote(near);
        }
        return Lose(losses, $"\"{text}\" is none of {string.Join(", ", key.Choices)}");
    }

    private string? Networks(string text, ICollection<string> losses)
    {
        var kept = new List<string>();
        foreach (var word in WordsOf.List(text))
        {
            if (word.StartsWith('/') && tables.ReadList(word) is { } listed) kept.AddRange(WordsOf.List(listed));
            else if (word.StartsWith('/') || (TableType().IsMatch(word) && catalogue.TableTypes.Contains(word.Split(':')[0]))) losses.Add($"{word} is left out: only networks can stand there");
            else kept.Add(word);
        }
        return TomlText.Quote(string.Join(", ", kept));
    }

    // A path among domains is a file of them.
    private string Listed(string text, ICollection<string> losses) => string.Join(", ", WordsOf.List(text).Select(word =>
    {
        if (!word.StartsWith('/')) return word;
        if (tables.ReadList(word) is { } listed) return listed;
        losses.Add($"{word} is not there");
        return word;
    }));

    private static string? Lose(ICollection<string> losses, string why)
    {
        losses.Add(why);
        return null;
    }

    [GeneratedRegex(@"\$[({]?\s*([A-Za-z0-9_]+)")]
    private static partial Regex Reference();

    [GeneratedRegex(@"\s+")]
    private static partial Regex White();

    [GeneratedRegex(@"^[a-z]+:")]
    private static partial Regex TableType();
}
