using PolicyMTA.Sdk;
using StackExchange.Redis;

namespace PolicyMTA.Lookups.Redis;

/// <summary>The parameters of a redis table, read and checked.</summary>
/// <param name="Connection">Servers, login, TLS.</param>
/// <param name="Command">How it asks.</param>
/// <param name="Key">The name of the key in the database.</param>
/// <param name="Part">The field of a hash or the member of a set.</param>
/// <param name="Format">What becomes of the value.</param>
/// <param name="Domains">Whose keys are asked; null for all.</param>
/// <param name="Timeout">How long one answer may take.</param>
internal sealed record RedisTableOptions(ConfigurationOptions Connection, RedisCommand Command, KeyTemplate Key, KeyTemplate Part, ResultFormat Format, KeyDomains? Domains, TimeSpan Timeout)
{
    private const int DefaultTimeout = 5;
    private const int LongestTimeout = 100;

    /// <summary>What the parameters say of the cache; null for none.</summary>
    internal TableCaching? Caching { get; private init; }

    internal static RedisTableOptions Read(TableArguments arguments, ILookupTables tables)
    {
        var parameters = QueryParameters.Read(arguments,
            "server", "servers", "database", "user", "password", "password_file", "key_format", "command", "field", "member", "tls", "tls_ca_file", "timeout", "result_format", "domain");
        var timeout = parameters.Int32("timeout", DefaultTimeout);
        if (timeout is < 1 or > LongestTimeout) throw parameters.Mistake("timeout", $"{timeout} is not between 1 and {LongestTimeout}");
        var command = ReadCommand(parameters);
        var key = Text(parameters, "key_format", "%s");
        var part = command == RedisCommand.HashGet ? parameters.Parse("field", ReadText) : Text(parameters, "member", "%s");
        if (!key.HasExpansions && (command == RedisCommand.Get || !part.HasExpansions)) throw parameters.Mistake("key_format", "the key is not asked for: there is none of %s %u %d %1 … %9");
        return new RedisTableOptions(
            ReadConnection(parameters, TimeSpan.FromSeconds(timeout)), command, key, part,
            parameters.Find("result_format") is { Length: > 0 } ? parameters.Parse("result_format", text => ResultFormat.Parse(text)) : ResultFormat.Parse("%s"),
            KeyDomains.Parse(parameters.Find("domain"), tables),
            TimeSpan.FromSeconds(timeout)) { Caching = parameters.Caching(null) };
    }

    private static KeyTemplate Text(QueryParameters parameters, string name, string defaultValue) =>
        parameters.Find(name) is { Length: > 0 } ? parameters.Parse(name, ReadText) : KeyTemplate.Parse(defaultValue);

    private static KeyTemplate ReadText(string text) =>
        text.IndexOfAny(['\'', '"', '\0']) < 0 ? KeyTemplate.Parse(text) : throw new ConfigurationException("quotes mean nothing here: leave them out");

    private static RedisCommand ReadCommand(QueryParameters parameters) => parameters.Find("command") switch
    {
        null or "" or "get" => RedisCommand.Get,
        "hget" => RedisCommand.HashGet,
        "sismember" => RedisCommand.IsMember,
        var other => throw parameters.Mistake("command", $"'{other}' is none of get, hget, sismember"),
    };

    private static ConfigurationOptions ReadConnection(QueryParameters parameters, TimeSpan timeout)
    {
        var milliseconds = (int)timeout.TotalMilliseconds;
        var options = new ConfigurationOptions
        {
            AbortOnConnectFail = false,
            // A session is not held up for a server that is down.
            BacklogPolicy = BacklogPolicy.FailFast,
            ConnectTimeout = milliseconds,
            AsyncTimeout = milliseconds,
            ReconnectRetryPolicy = new LinearRetry(500),
            HeartbeatInterval = TimeSpan.FromSeconds(1),
            DefaultDatabase = parameters.Int32("database", 0),
            User = parameters.Find("user") is { Length: > 0 } user ? user : null,
            Password = ReadPassword(parameters),
            ClientName = "policymta",
        };
        foreach (var server in Servers(parameters)) options.EndPoints.Add(server);
        options.Ssl = parameters.Find("tls") switch
        {
            null or "" or "no" or "false" => false,
            "yes" or "true" => true,
            var other => throw parameters.Mistake("tls", $"'{other}' is none of yes, no"),
        };
        if (parameters.Find("tls_ca_file") is { Length: > 0 } authority)
        {
            var path = parameters.FullPath(authority);
            if (!File.Exists(path)) throw parameters.Mistake("tls_ca_file", $"there is no file '{path}'");
            options.TrustIssuer(path);
        }
        return options;
    }

    private static string[] Servers(QueryParameters parameters)
    {
        var servers = (parameters.Find("servers") ?? parameters.Find("server") ?? "").Split([',', ' '], StringSplitOptions.RemoveEmptyEntries);
        return servers.Length > 0 ? servers : throw parameters.Mistake("servers", "is missing");
    }

    private static string? ReadPassword(QueryParameters parameters)
    {
        if (parameters.Find("password_file") is not { Length: > 0 } given) return parameters.Find("password") is { Length: > 0 } password ? password : null;
        var path = parameters.FullPath(given);
        try
        {
            return File.ReadAllText(path).TrimEnd('\r', '\n');
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw parameters.Mistake("password_file", error.Message);
        }
    }
}
