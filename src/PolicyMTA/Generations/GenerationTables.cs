using PolicyMTA.Configuration;
using PolicyMTA.Sdk;
using PolicyMTA.Tables;

namespace PolicyMTA.Generations;

/// <summary>The lookup tables of a generation: each is opened once, however many name it. Thread-safe.</summary>
internal sealed class GenerationTables(GenerationScope scope) : ILookupTables
{
    // Policies may compute names: a mistake there must not open tables without end.
    private const int Limit = 1000;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, GenerationPart<PluginMade<ILookupTable>>> _open = new(StringComparer.Ordinal);
    private readonly HashSet<string> _opening = new(StringComparer.Ordinal);

    /// <summary>The tables that are open, by specification.</summary>
    public IReadOnlyDictionary<string, string> Hashes
    {
        get
        {
            lock (_gate) return _open.ToDictionary(t => t.Key, t => t.Value.Hash);
        }
    }

    /// <inheritdoc/>
    public ILookupTable Open(string specification) => OpenPart(specification).Value.Value;

    /// <summary>What a table is called among those that are open, however somebody names it.</summary>
    /// <exception cref="ConfigurationException">There is no such section.</exception>
    public string NameOf(string specification) => NameOf(specification, Resolve(specification.Trim()));

    /// <summary>The hash of a table; null when it can't be opened.</summary>
    public string? FindHash(string specification)
    {
        try
        {
            return OpenPart(specification).Hash;
        }
        catch (ConfigurationException)
        {
            return null;
        }
    }

    /// <summary>Opens a table, or finds it open.</summary>
    /// <exception cref="ConfigurationException">There is no such type or section, or the table refuses its parameters.</exception>
    public GenerationPart<PluginMade<ILookupTable>> OpenPart(string specification)
    {
        var arguments = Resolve(specification.Trim());
        var name = NameOf(specification, arguments);
        lock (_gate)
        {
            if (_open.TryGetValue(name, out var open)) return open;
            if (_open.Count >= Limit) throw new ConfigurationException($"more than {Limit} tables are open");
            if (!_opening.Add(name)) throw new ConfigurationException($"the table {name} is part of itself");
            try
            {
                return _open[name] = Make(name, arguments);
            }
            finally
            {
                _opening.Remove(name);
            }
        }
    }

    private static string NameOf(string specification, TableArguments arguments) => arguments.Parameters.Count > 0 ? specification.Trim() : arguments.ToString();

    private GenerationPart<PluginMade<ILookupTable>> Make(string name, TableArguments arguments)
    {
        var (plugin, create) = scope.Plugins.Get(d => d.Tables, "lookup table type", arguments.Type);
        try
        {
            return scope.Obtain("table", name, HashOf(arguments), plugin, services => Dress(name, arguments, create(WithoutCaching(arguments), services)));
        }
        catch (ObjectDisposedException)
        {
            throw new ConfigurationException($"the generation that asks for {name} is over");
        }
    }

    /// <summary>A plugin's table, counted, and remembered where its section or the table itself asks for that.</summary>
    private ILookupTable Dress(string name, TableArguments arguments, ILookupTable table)
    {
        var world = scope.World;
        if (world.Rehearsal is { } rehearsal) return rehearsal.Replace(name, arguments.Type, table);
        var counters = world.Metrics.Tables.Of(name);
        var measured = new MeasuredTable(table, counters, world.Time);
        return TableCaching.Read(key => arguments.Parameters.GetValueOrDefault(key), table.Caching) is { } caching ? new CachedTable(measured, caching, counters, world.Time) : measured;
    }

    // What a section says of the cache is the program's: a table that reads its own parameters would refuse them.
    private static TableArguments WithoutCaching(TableArguments arguments) =>
        arguments with { Parameters = arguments.Parameters.Where(p => !TableCaching.Names.Contains(p.Key)).ToDictionary(StringComparer.Ordinal) };

    private TableArguments Resolve(string specification)
    {
        // proxymap(8) shares connections between Postfix's processes; here there is one.
        while (specification.StartsWith("proxy:", StringComparison.Ordinal)) specification = specification["proxy:".Length..];
        if (scope.Configuration.Tables.TryGetValue(specification, out var section))
        {
            return new TableArguments(section.Type, section.Path, section.Parameters) { Folder = scope.Configuration.Root };
        }
        var colon = specification.IndexOf(':', StringComparison.Ordinal);
        if (colon <= 0) throw new ConfigurationException($"there is no section [tables.{specification}]{Spelling.Suggest(specification, scope.Configuration.Tables.Keys)}");
        return new TableArguments(specification[..colon], specification[(colon + 1)..], new Dictionary<string, string>()) { Folder = scope.Configuration.Root };
    }

    private static string HashOfFile(string path)
    {
        try
        {
            return ContentHash.OfFile(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException($"{path} can't be read: {error.Message}", error);
        }
    }

    // A table that is a file, or whose parameters are in one, is another table when the file has changed.
    private static string HashOf(TableArguments arguments)
    {
        var file = arguments.Name.Contains('{', StringComparison.Ordinal) || arguments.Name.Length == 0 ? "" : HashOfFile(arguments.FullPath(arguments.Name));
        var parameters = arguments.Parameters.OrderBy(p => p.Key, StringComparer.Ordinal).SelectMany(p => new[] { p.Key, p.Value });
        return ContentHash.OfTexts([arguments.Type, arguments.Name, arguments.Folder, file, .. parameters]);
    }
}
