using System.Runtime.Loader;
using Microsoft.Data.Sqlite;
using PolicyMTA.Sdk;

[assembly: Plugin<SqliteUser.SqliteUserPlugin>]

namespace SqliteUser;

public sealed class SqliteUserPlugin : IPlugin
{
    public void Register(IPluginRegistry registry) => registry.AddRestriction("whose_sqlite", (_, _) => Restriction.Of<ClientContext>(_ =>
        new Verdict.Log(AssemblyLoadContext.GetLoadContext(typeof(SqliteConnection).Assembly)!.Name!, IsWarning: false)));
}
