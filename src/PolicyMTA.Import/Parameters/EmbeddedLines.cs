namespace PolicyMTA.Import.Parameters;

/// <summary>The data files of this folder.</summary>
internal static class EmbeddedLines
{
    /// <summary>The lines of one, without comments and empty ones.</summary>
    public static IEnumerable<string> Of(string name)
    {
        using var stream = typeof(EmbeddedLines).Assembly.GetManifestResourceStream(name) ?? throw new InvalidOperationException($"{name} is not embedded");
        using var reader = new StreamReader(stream);
        return [.. reader.ReadToEnd().Split('\n').Where(line => line.Length > 0 && line[0] != '#')];
    }
}
