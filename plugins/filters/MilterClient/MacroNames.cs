namespace PolicyMTA.Filters.MilterClient;

/// <summary>When macros are sent, by the numbers of libmilter (SMFIM_*).</summary>
internal enum MacroStage
{
    Connect = 0,
    Helo = 1,
    Mail = 2,
    Recipient = 3,
    Data = 4,
    EndOfMessage = 5,
    EndOfHeaders = 6,
}

/// <summary>Which macros a filter is told at each stage, and the values that are the configuration's. An immutable value.</summary>
internal sealed record MacroNames
{
    private static readonly char[] Between = [' ', '\t', ',', '\r', '\n'];

    /// <summary>The lists by stage.</summary>
    internal required IReadOnlyDictionary<MacroStage, IReadOnlyList<string>> Lists { get; init; }
    /// <summary><c>milter_macro_daemon_name</c>.</summary>
    internal required string DaemonName { get; init; }
    /// <summary><c>milter_macro_v</c>.</summary>
    internal required string Version { get; init; }

    /// <summary>Names in one form: a longer one stands in braces, a letter alone, as they go over the wire.</summary>
    internal static IReadOnlyList<string> Split(string text) => [.. text.Split(Between, StringSplitOptions.RemoveEmptyEntries).Select(Canonical)];

    internal static string Canonical(string name)
    {
        var bare = name.StartsWith('{') && name.EndsWith('}') ? name[1..^1] : name;
        return bare.Length == 1 ? bare : $"{{{bare}}}";
    }
}
