namespace PolicyMTA.Configuration;

/// <summary>A key of the configuration. An immutable value.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Kind">What its value is.</param>
/// <param name="Default">Its default, as text; <c>$name</c> stands for another parameter.</param>
/// <param name="Description">What it is for, in one sentence.</param>
internal sealed record KeyDefinition(string Name, KeyKind Kind, string Default, string Description)
{
    /// <summary>True when a listener may have its own value.</summary>
    public bool PerListener { get; init; }
    /// <summary>The words of a <see cref="KeyKind.Choice"/>.</summary>
    public IReadOnlyList<string> Choices { get; init; } = [];
    /// <summary>What is wrong with the words of a <see cref="KeyKind.List"/>; null when nothing is.</summary>
    public Func<IReadOnlyList<string>, string?>? FindMistake { get; init; }
    /// <summary>The unit of a duration that is a bare number.</summary>
    public char Unit { get; init; } = 's';
    /// <summary>The plugin that declared it; null for the program's own.</summary>
    public string? Plugin { get; init; }
}
