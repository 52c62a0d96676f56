namespace PolicyMTA.Import.Parameters;

/// <summary>The parameters that Postfix knows, with their defaults as <c>postconf -d</c> prints them. Immutable.</summary>
internal static class PostfixParameters
{
    private static readonly Lazy<Dictionary<string, string>> All = new(Read);

    /// <summary>Name and unexpanded default. Those whose default is the machine's own name are empty.</summary>
    public static IReadOnlyDictionary<string, string> Defaults => All.Value;

    private static Dictionary<string, string> Read() => EmbeddedLines.Of("postfix-parameters.txt").Select(line => line.Split('=', 2)).ToDictionary(p => p[0].Trim(), p => p[1].Trim(), StringComparer.Ordinal);
}
