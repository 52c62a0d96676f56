using PolicyMTA.Lookups.Sql;
using PolicyMTA.Sdk;

[assembly: Plugin<SqlPlugin>]

namespace PolicyMTA.Lookups.Sql;

/// <summary>The table types that ask a database server: <c>pgsql</c> (Postfix pgsql_table(5)) and <c>mysql</c> (mysql_table(5)).</summary>
public sealed class SqlPlugin : IPlugin
{
    /// <inheritdoc/>
    public void Register(IPluginRegistry registry)
    {
        ArgumentNullException.ThrowIfNull(registry);
        foreach (var dialect in (SqlDialect[])[new PostgresDialect(), new MySqlDialect()])
        {
            registry.AddLookupTable(dialect.Type, (arguments, services) => new SqlTable(SqlTableOptions.Read(arguments, dialect, services.Tables), services.Time, services.Logger));
        }
    }
}
