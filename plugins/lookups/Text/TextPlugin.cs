using PolicyMTA.Lookups.Text;
using PolicyMTA.Sdk;

[assembly: Plugin<TextPlugin>]

namespace PolicyMTA.Lookups.Text;

/// <summary>The table types that need no server: text files, patterns, networks, and tables made of other tables (Postfix DATABASE_README).</summary>
public sealed class TextPlugin : IPlugin
{
    // Indexed types are read from the text they are made from, so no postmap step is needed.
    private static readonly string[] IndexedTypes = ["texthash", "hash", "btree", "dbm", "sdbm", "lmdb", "cdb"];

    private static readonly Dictionary<string, string> Unsupported = new(StringComparer.Ordinal)
    {
        ["nis"] = "export the map with ypcat -k and name the file as hash:",
        ["nisplus"] = "export the map with niscat and name the file as hash:",
        ["netinfo"] = "export the map and name the file as hash:",
        ["mongodb"] = "keep these entries in one of sqlite, pgsql, mysql or ldap",
        ["internal"] = "it is private to Postfix's own programs: use inline",
    };

    /// <inheritdoc/>
    public void Register(IPluginRegistry registry)
    {
        ArgumentNullException.ThrowIfNull(registry);
        RegisterFiles(registry);
        registry.AddLookupTable("inline", (arguments, _) => new FixedTable(InlineText.ReadEntries(arguments)));
        registry.AddLookupTable("static", (arguments, _) => new StaticTable(LookupResult.Found(InlineText.Unbrace(arguments.Name))));
        registry.AddLookupTable("fail", (arguments, _) => new StaticTable(LookupResult.Failed($"{arguments} always fails")));
        registry.AddLookupTable("environ", (_, _) => new EnvironmentTable());
        registry.AddLookupTable("randmap", (arguments, _) => new RandomTable(InlineText.ReadValues(arguments)));
        registry.AddLookupTable("unionmap", (arguments, services) => new UnionTable(InlineText.OpenTables(arguments, services.Tables)));
        registry.AddLookupTable("pipemap", (arguments, services) => new PipeTable(InlineText.OpenTables(arguments, services.Tables)));
        // There is one process, so nothing needs a proxy.
        registry.AddLookupTable("proxy", (arguments, services) => new BorrowedTable(services.Tables.Open(arguments.Name)));
        registry.AddLookupTable("debug", (arguments, services) => new TracedTable(services.Tables.Open(arguments.Name), arguments.Name, services.Logger));
        foreach (var (type, remedy) in Unsupported) registry.AddLookupTable(type, (arguments, _) => throw new ConfigurationException($"{arguments}: tables of type {type} are not supported: {remedy}"));
    }

    private static void RegisterFiles(IPluginRegistry registry)
    {
        foreach (var type in IndexedTypes) registry.AddLookupTable(type, (arguments, services) => TextFileTable.Open(arguments, services, KeyedRules.Parse));
        registry.AddLookupTable("cidr", (arguments, services) => TextFileTable.Open(arguments, services, CidrRules.Parse));
        registry.AddLookupTable("regexp", (arguments, services) => TextFileTable.Open(arguments, services, (text, warn) => PatternRules.Parse(text, PatternSyntax.Posix, warn)));
        registry.AddLookupTable("pcre", (arguments, services) => TextFileTable.Open(arguments, services, (text, warn) => PatternRules.Parse(text, PatternSyntax.Perl, warn)));
        registry.AddLookupTable("unix", (arguments, services) => TextFileTable.Open(arguments with { Name = AccountFile(arguments) }, services, KeyedRules.ParseAccounts));
    }

    private static string AccountFile(TableArguments arguments) => arguments.Name switch
    {
        "passwd.byname" => "/etc/passwd",
        "group.byname" => "/etc/group",
        _ => throw new ConfigurationException($"{arguments}: there are unix:passwd.byname and unix:group.byname"),
    };
}
