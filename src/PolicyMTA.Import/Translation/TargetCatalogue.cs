namespace PolicyMTA.Import.Translation;

/// <summary>What a value of PolicyMTA's configuration is, as far as an import needs to know.</summary>
public enum TargetValue
{
    /// <summary>Any text, lists and times among it.</summary>
    Text,
    /// <summary>A whole number.</summary>
    Number,
    /// <summary>Yes or no.</summary>
    Boolean,
    /// <summary>Lookup tables, or domains and lookup tables of domains.</summary>
    Tables,
    /// <summary>Networks.</summary>
    Networks,
    /// <summary>One of some words.</summary>
    Choice,
    /// <summary>A file or a folder.</summary>
    Path,
}

/// <summary>A key of PolicyMTA's configuration. Immutable.</summary>
/// <param name="Name">Its name, which is Postfix's where Postfix has the concept.</param>
/// <param name="Value">What its value is.</param>
/// <param name="Default">Its default, unexpanded.</param>
/// <param name="IsPerListener">True where a listener may have its own.</param>
public sealed record TargetKey(string Name, TargetValue Value, string Default, bool IsPerListener)
{
    /// <summary>The words of a <see cref="TargetValue.Choice"/>.</summary>
    public IReadOnlyList<string> Choices { get; init; } = [];
}

/// <summary>What PolicyMTA and its plugins can be told. Immutable.</summary>
public sealed record TargetCatalogue
{
    /// <summary>The keys outside all sections, by name.</summary>
    public required IReadOnlyDictionary<string, TargetKey> Keys { get; init; }

    /// <summary>The names of all restrictions.</summary>
    public required IReadOnlySet<string> Restrictions { get; init; }

    /// <summary>The types of all lookup tables.</summary>
    public required IReadOnlySet<string> TableTypes { get; init; }

    /// <summary>The suffixes of parameters that each transport may have for itself, as <c>destination_concurrency_limit</c>.</summary>
    public required IReadOnlySet<string> TransportSuffixes { get; init; }

    /// <summary>Whether a transport of this protocol may have a key for itself.</summary>
    public required Func<string, string, bool> IsOfClient { get; init; }

    /// <summary><c>; did you mean 'x'?</c> for a misspelt name of those; nothing where none is near.</summary>
    public required Func<string, IEnumerable<string>, string> Suggest { get; init; }

    /// <summary>The successor of a restriction that Postfix renamed or removed; null when it never was one.</summary>
    public required Func<string, string?> FindSuccessor { get; init; }
}
