namespace PolicyMTA.Import.Reading;

/// <summary>A parameter as written: the value is not expanded.</summary>
internal sealed record Parameter(string Name, string Value, Place Place)
{
    /// <summary>Reads <c>name = value</c>; null where there is no name or no <c>=</c>.</summary>
    public static Parameter? Parse(string text, Place place)
    {
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        if (equals < 0) return null;
        var name = WhiteSpace.Trim(text[..equals]);
        return name.Length == 0 || name.Any(WhiteSpace.Is) ? null : new Parameter(name, WhiteSpace.Trim(text[(equals + 1)..]), place);
    }
}
