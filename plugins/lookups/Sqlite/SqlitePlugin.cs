using PolicyMTA.Lookups.Sqlite;
using PolicyMTA.Sdk;

[assembly: Plugin<SqlitePlugin>]

namespace PolicyMTA.Lookups.Sqlite;

/// <summary>The table type <c>sqlite</c> (Postfix sqlite_table(5)).</summary>
public sealed class SqlitePlugin : IPlugin
{
    /// <inheritdoc/>
    public void Register(IPluginRegistry registry)
    {
        ArgumentNullException.ThrowIfNull(registry);
        registry.AddLookupTable("sqlite", (arguments, services) => new SqliteTable(SqliteTableOptions.Read(arguments, services.Tables), services.Time));
    }
}
