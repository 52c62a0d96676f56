namespace PolicyMTA.Sdk;

/// <summary>The parts of a key or value that Postfix's <c>%</c> expansions name.</summary>
internal readonly struct KeyParts(string text)
{
    private readonly int _at = text.LastIndexOf('@');

    internal string Whole => text;

    /// <summary><c>%u</c>: the local part, or all of a text without a domain; null when the local part is empty.</summary>
    internal string? User => _at < 0 ? text : _at == 0 ? null : text[.._at];

    /// <summary><c>%d</c>; null when there is none.</summary>
    internal string? Domain => _at < 0 || _at == text.Length - 1 ? null : text[(_at + 1)..];

    /// <summary><c>%1</c> to <c>%9</c>: the n-th label of the domain from the right; null when it has too few. Empty ones don't count.</summary>
    internal string? Label(int number)
    {
        var labels = Domain?.Split('.', StringSplitOptions.RemoveEmptyEntries) ?? [];
        return labels.Length < number ? null : labels[^number];
    }

    /// <summary>The expansion a letter or digit names; null when this text has no such part.</summary>
    internal string? Find(char expansion) => char.ToLowerInvariant(expansion) switch
    {
        's' => Whole,
        'u' => User,
        'd' => Domain,
        var digit => Label(digit - '0'),
    };

    internal static bool IsExpansion(char c) => c is 's' or 'S' or 'u' or 'U' or 'd' or 'D' or >= '1' and <= '9';
}
