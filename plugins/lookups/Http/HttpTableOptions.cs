using System.Net.Http.Headers;
using PolicyMTA.Sdk;

namespace PolicyMTA.Lookups.Http;

/// <summary>The parameters of an http table, read and checked.</summary>
/// <param name="Url">The address to ask, with expansions.</param>
/// <param name="Method">GET or POST.</param>
/// <param name="Headers">Header fields of each request.</param>
/// <param name="TokenFile">A file with the bearer token, read for each request so that it can be renewed; null for none.</param>
/// <param name="Result">Where the value stands in the answer.</param>
/// <param name="Format">What becomes of the values.</param>
/// <param name="Domains">Whose keys are asked; null for all.</param>
/// <param name="Timeout">How long one answer may take.</param>
/// <param name="SizeLimit">How many bytes it may have.</param>
internal sealed record HttpTableOptions(
    UrlTemplate Url, HttpMethod Method, IReadOnlyList<(string Name, string Value)> Headers, string? TokenFile, JsonPointer Result, ResultFormat Format, KeyDomains? Domains, TimeSpan Timeout, int SizeLimit)
{
    private const int DefaultTimeout = 10;
    private const int DefaultSizeLimit = 65_536;
    private const int LongestTimeout = 100;
    private const int LargestSizeLimit = 16 * 1024 * 1024;

    /// <summary>What the parameters say of the cache; null for none.</summary>
    internal TableCaching? Caching { get; private init; }

    internal static HttpTableOptions Read(TableArguments arguments, ILookupTables tables)
    {
        var parameters = QueryParameters.Read(arguments, "url", "method", "headers", "token_file", "result", "result_format", "domain", "expansion_limit", "timeout", "size_limit");
        var expansions = parameters.Int32("expansion_limit", 0);
        return new HttpTableOptions(
            parameters.Parse("url", UrlTemplate.Parse),
            ReadMethod(parameters),
            ReadHeaders(parameters),
            ReadTokenFile(parameters),
            parameters.Find("result") is { Length: > 0 } ? parameters.Parse("result", JsonPointer.Parse) : JsonPointer.Parse(""),
            parameters.Find("result_format") is { Length: > 0 } ? parameters.Parse("result_format", text => ResultFormat.Parse(text, expansions)) : ResultFormat.Parse("%s", expansions),
            KeyDomains.Parse(parameters.Find("domain"), tables),
            TimeSpan.FromSeconds(Between(parameters, "timeout", DefaultTimeout, LongestTimeout)),
            Between(parameters, "size_limit", DefaultSizeLimit, LargestSizeLimit)) { Caching = parameters.Caching(null) };
    }

    private static int Between(QueryParameters parameters, string name, int defaultValue, int most)
    {
        var value = parameters.Int32(name, defaultValue);
        return value >= 1 && value <= most ? value : throw parameters.Mistake(name, $"{value} is not between 1 and {most}");
    }

    private static HttpMethod ReadMethod(QueryParameters parameters) => parameters.Find("method") switch
    {
        null or "" or "GET" => HttpMethod.Get,
        "POST" => HttpMethod.Post,
        var other => throw parameters.Mistake("method", $"'{other}' is none of GET, POST"),
    };

    // Name: value, several with a semicolon between them.
    private static List<(string Name, string Value)> ReadHeaders(QueryParameters parameters)
    {
        var headers = new List<(string Name, string Value)>();
        using var probe = new HttpRequestMessage();
        foreach (var field in (parameters.Find("headers") ?? "").Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var colon = field.IndexOf(':', StringComparison.Ordinal);
            var (name, value) = colon < 1 ? ("", "") : (field[..colon].Trim(), field[(colon + 1)..].Trim());
            if (!Accepts(probe.Headers, name, value)) throw parameters.Mistake("headers", $"'{(name.Length == 0 ? field : name)}' is no header field of a request: write Name: value");
            headers.Add((name, value));
        }
        return headers;
    }

    private static bool Accepts(HttpRequestHeaders headers, string name, string value)
    {
        try
        {
            headers.Add(name, value);
            return true;
        }
        catch (Exception error) when (error is ArgumentException or FormatException or InvalidOperationException)
        {
            return false;
        }
    }

    private static string? ReadTokenFile(QueryParameters parameters)
    {
        if (parameters.Find("token_file") is not { Length: > 0 } given) return null;
        var path = parameters.FullPath(given);
        return File.Exists(path) ? path : throw parameters.Mistake("token_file", $"there is no file '{path}'");
    }
}
