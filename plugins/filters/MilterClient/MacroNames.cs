using PolicyMTA.Sdk;

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

    /// <summary><c>milter_macro_defaults</c>: what macros are that have no value of their own.</summary>
    internal IReadOnlyDictionary<string, string> Defaults { get; init; } = System.Collections.Frozen.FrozenDictionary<string, string>.Empty;

    /// <summary>Reads <c>name=value</c>, separated by commas or white space; in braces a value may have some.</summary>
    /// <exception cref="ConfigurationException">Something else stands there.</exception>
    internal static IReadOnlyDictionary<string, string> ReadDefaults(string text)
    {
        var defaults = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var rest = text.Trim(Between); rest.Length > 0; rest = rest.Trim(Between))
        {
            var isBraced = rest[0] == '{';
            var end = isBraced ? rest.IndexOf('}', StringComparison.Ordinal) : rest.IndexOfAny(Between);
            if (isBraced && end < 0) throw new ConfigurationException($"milter_macro_defaults: a brace lacks behind '{rest}'");
            // {name}=value: the braces are the name's.
            if (isBraced && rest[(end + 1)..].StartsWith('=')) (isBraced, end) = (false, rest.IndexOfAny(Between));
            var pair = isBraced ? rest[1..end] : end < 0 ? rest : rest[..end];
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0 || pair[..equals].Trim().Length == 0) throw new ConfigurationException($"milter_macro_defaults has pairs such as name=value, not '{pair.Trim()}'");
            defaults[Canonical(pair[..equals].Trim())] = pair[(equals + 1)..].Trim();
            rest = end < 0 ? "" : rest[(end + (isBraced ? 1 : 0))..];
        }
        return defaults;
    }

    /// <summary>Names in one form: a longer one stands in braces, a letter alone, as they go over the wire.</summary>
    internal static IReadOnlyList<string> Split(string text) => [.. text.Split(Between, StringSplitOptions.RemoveEmptyEntries).Select(Canonical)];

    internal static string Canonical(string name)
    {
        var bare = name.StartsWith('{') && name.EndsWith('}') ? name[1..^1] : name;
        return bare.Length == 1 ? bare : $"{{{bare}}}";
    }
}
