using System.Data.Common;
using PolicyMTA.Sdk;

namespace PolicyMTA.Lookups.Sql;

/// <summary>The parameters of pgsql_table(5) and mysql_table(5), read and checked.</summary>
internal sealed record SqlTableOptions(SqlDialect Dialect, QueryTemplate Query, ResultFormat Format, KeyDomains? Domains, IReadOnlyList<(string Name, Func<DbDataSource> Connect)> Hosts, TimeSpan RetryInterval, bool RequiresResultSet)
{
    private static readonly string[] Common =
    [
        "hosts", "user", "password", "dbname", "query", "result_format", "domain", "expansion_limit", "idle_interval", "retry_interval", "select_field", "table", "where_field", "additional_conditions",
    ];

    /// <summary>What the parameters say of the cache; null for none.</summary>
    internal TableCaching? Caching { get; private init; }

    internal static SqlTableOptions Read(TableArguments arguments, SqlDialect dialect, ILookupTables tables)
    {
        var parameters = QueryParameters.Read(arguments, [.. Common, .. dialect.OwnParameters]);
        var limit = parameters.Int32("expansion_limit", 0);
        var hosts = (parameters.Find("hosts") ?? "localhost").Split([' ', '\t', ','], StringSplitOptions.RemoveEmptyEntries);
        if (hosts.Length == 0) throw parameters.Mistake("hosts", "names no host");
        return new SqlTableOptions(
            dialect,
            ReadQuery(parameters, dialect),
            parameters.Find("result_format") is { Length: > 0 } ? parameters.Parse("result_format", text => ResultFormat.Parse(text, limit)) : ResultFormat.Parse("%s", limit),
            KeyDomains.Parse(parameters.Find("domain"), tables),
            [.. hosts.Select(host => (Shown(host), Connect(dialect, host, parameters)))],
            TimeSpan.FromSeconds(parameters.Int32("retry_interval", SqlTable.DefaultInterval)),
            parameters.Find("require_result_set") is not "no") { Caching = parameters.Caching(null) };
    }

    private static Func<DbDataSource> Connect(SqlDialect dialect, string host, QueryParameters parameters)
    {
        try
        {
            // Tried now, while a mistake can still be told.
            dialect.Connect(host, parameters).Dispose();
            return () => dialect.Connect(host, parameters);
        }
        catch (Exception error) when (error is ArgumentException or FormatException or NotSupportedException)
        {
            throw parameters.Mistake("hosts", error.Message);
        }
    }

    // A URI may hold a password.
    private static string Shown(string host) => host.Contains("://", StringComparison.Ordinal) && host.IndexOf('@', StringComparison.Ordinal) is > 0 and var at ? host[(at + 1)..] : host;

    private static QueryTemplate ReadQuery(QueryParameters parameters, SqlDialect dialect)
    {
        if (parameters.Find("query") is { Length: > 0 }) return parameters.Parse("query", text => QueryTemplate.Parse(text, dialect.Placeholder));
        // The forms from before Postfix 2.2, which old files still have.
        if (parameters.Find("select_function") is { Length: > 0 } function) return parameters.Parse("select_function", _ => QueryTemplate.Parse($"SELECT {function}('%s')", dialect.Placeholder));
        if (parameters.Find("select_field") is null) throw parameters.Mistake("query", "is missing");
        var query = $"SELECT {parameters.Require("select_field")} FROM {parameters.Require("table")} WHERE {parameters.Require("where_field")} = '%s' {parameters.Find("additional_conditions")}";
        return parameters.Parse("select_field", _ => QueryTemplate.Parse(query, dialect.Placeholder));
    }
}
