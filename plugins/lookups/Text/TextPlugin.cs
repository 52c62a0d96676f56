using PolicyMTA.Lookups.Text;
using PolicyMTA.Sdk;

[assembly: Plugin<TextPlugin>]

namespace PolicyMTA.Lookups.Text;

/// <summary>The table types that need no server: text files, patterns, networks, and tables made of other tables (Postfix DATABASE_README).</summary>
public sealed class TextPlugin : IPlugin
{
    // Indexed types are read from the text they are made from, so no postmap step is needed.
    private static readonly string[] IndexedTypes = ["texthash", "hash", "btree", "dbm", "sdbm", "lmdb", "cdb"];

    /// <inheritdoc/>
    public void Register(IPluginRegistry registry)
    {
        ArgumentNullException.ThrowIfNull(registry);
        foreach (var type in IndexedTypes) registry.AddLookupTable(type, (arguments, services) => FileOf(arguments, services, KeyedRules.Parse));
        registry.AddLookupTable("cidr", (arguments, services) => FileOf(arguments, services, CidrRules.Parse));
        registry.AddLookupTable("regexp", (arguments, services) => FileOf(arguments, services, (text, warn) => PatternRules.Parse(text, PatternSyntax.Posix, warn)));
        registry.AddLookupTable("pcre", (arguments, services) => FileOf(arguments, services, (text, warn) => PatternRules.Parse(text, PatternSyntax.Perl, warn)));
        registry.AddLookupTable("inline", (arguments, _) => new FixedTable(InlineText.ReadEntries(arguments)));
        registry.AddLookupTable("static", (arguments, _) => new StaticTable(LookupResult.Found(InlineText.Unbrace(arguments.Name))));
        registry.AddLookupTable("fail", (arguments, _) => new StaticTable(LookupResult.Failed($"{arguments} always fails")));
        registry.AddLookupTable("unionmap", (arguments, services) => new UnionTable(InlineText.OpenTables(arguments, services.Tables)));
        registry.AddLookupTable("pipemap", (arguments, services) => new PipeTable(InlineText.OpenTables(arguments, services.Tables)));
        // There is one process, so nothing needs a proxy.
        registry.AddLookupTable("proxy", (arguments, services) => new BorrowedTable(services.Tables.Open(arguments.Name)));
    }

    private static TextFileTable FileOf(TableArguments arguments, IPluginServices services, RuleParser parse) => TextFileTable.Open(arguments, services, parse);
}
