using System.Globalization;
using PolicyMTA.Sdk;

namespace PolicyMTA.Lookups.Sqlite;

/// <summary>The parameters of sqlite_table(5), read and checked.</summary>
internal sealed record SqliteTableOptions(QueryParameters Parameters, string DatabasePath, QueryTemplate Query, ResultFormat Format, KeyDomains? Domains)
{
    internal static SqliteTableOptions Read(TableArguments arguments, ILookupTables tables)
    {
        var parameters = QueryParameters.Read(arguments,
            "dbpath", "query", "result_format", "domain", "expansion_limit", "select_field", "table", "where_field", "additional_conditions");
        var limit = parameters.Int32("expansion_limit", 0);
        return new SqliteTableOptions(
            parameters,
            parameters.FullPath(parameters.Require("dbpath")),
            ReadQuery(parameters),
            parameters.Find("result_format") is { Length: > 0 } ? parameters.Parse("result_format", text => ResultFormat.Parse(text, limit)) : ResultFormat.Parse("%s", limit),
            KeyDomains.Parse(parameters.Find("domain"), tables));
    }

    private static QueryTemplate ReadQuery(QueryParameters parameters)
    {
        if (parameters.Find("query") is { Length: > 0 } || parameters.Find("select_field") is null) return parameters.Parse("query", ParseQuery);
        // The form from before Postfix 2.2, which old files still have.
        var query = $"SELECT {parameters.Require("select_field")} FROM {parameters.Require("table")} WHERE {parameters.Require("where_field")} = '%s' "
            + parameters.Find("additional_conditions");
        return parameters.Parse("select_field", _ => ParseQuery(query));
    }

    private static QueryTemplate ParseQuery(string query) =>
        QueryTemplate.Parse(query, number => string.Create(CultureInfo.InvariantCulture, $"?{number}"));
}
