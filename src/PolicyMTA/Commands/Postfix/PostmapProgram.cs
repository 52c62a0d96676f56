using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using PolicyMTA.Configuration;
using PolicyMTA.Generations;
using PolicyMTA.Sdk;

namespace PolicyMTA.Commands.Postfix;

/// <summary><c>postmap</c> (postmap(1)): asks and lists tables. Nothing is compiled here: tables are read from their text, which a call without options checks.</summary>
internal static class PostmapProgram
{
    private const int Failed = 1;

    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, TimeProvider time, CancellationToken cancellationToken)
    {
        var options = Options.Parse(arguments, "c:fFjnNopq:rsuUvw");
        if (options.Operands.Count == 0) throw new FatalException(Failed, "usage: postmap [-js] [-c config_dir] [-q key] [map_type:]file...");
        var site = Site.Find(options.Configuration ?? options.Find('c'));
        try
        {
            await using var tables = await OfflinePlugins.OpenAsync(site.Configuration ?? throw new FatalException(Failed, $"{site.File}: it can't be read, or is wrong: see policymta check"), NullLoggerFactory.Instance, time, cancellationToken);
            var opened = options.Operands.Select(name => (Name: Full(name), Table: tables.Open(Full(name)))).ToList();
            var isJson = options.Has('j');
            if (options.Find('q') is { } key) return key == "-" ? await AskManyAsync(opened, options.Has('f'), isJson, cancellationToken) : await AskOneAsync(opened, key, options.Has('f'), isJson, cancellationToken);
            if (options.Has('s')) return await ListAsync(opened, isJson, cancellationToken);
            foreach (var (name, _) in opened) Console.WriteLine($"{name} can be read; it is used as it is, there is nothing to compile");
            return SystemExit.Good;
        }
        catch (ConfigurationException refusal)
        {
            throw new FatalException(Failed, refusal.Message, refusal);
        }
    }

    // A file named alone is of the default type; its path is the caller's.
    private static string Full(string name)
    {
        var colon = name.IndexOf(':', StringComparison.Ordinal);
        var (type, path) = colon < 0 ? ("hash", name) : (name[..colon], name[(colon + 1)..]);
        return $"{type}:{(colon < 0 || File.Exists(path) ? Path.GetFullPath(path) : path)}";
    }

    private static async Task<int> AskOneAsync(List<(string Name, ILookupTable Table)> tables, string key, bool keepsCase, bool isJson, CancellationToken cancellationToken)
    {
        if (await FindAsync(tables, key, keepsCase, cancellationToken) is not { } value) return Failed;
        Console.WriteLine(isJson ? Line(key, value, isJson) : value);
        return SystemExit.Good;
    }

    private static async Task<int> AskManyAsync(List<(string Name, ILookupTable Table)> tables, bool keepsCase, bool isJson, CancellationToken cancellationToken)
    {
        var hasFound = false;
        while (await Console.In.ReadLineAsync(cancellationToken) is { } key)
        {
            if (await FindAsync(tables, key, keepsCase, cancellationToken) is not { } value) continue;
            hasFound = true;
            Console.WriteLine(Line(key, value, isJson));
        }
        return hasFound ? SystemExit.Good : Failed;
    }

    private static async Task<string?> FindAsync(List<(string Name, ILookupTable Table)> tables, string key, bool keepsCase, CancellationToken cancellationToken)
    {
        foreach (var (name, table) in tables)
        {
            var result = await table.FindAsync(table.FoldsKeys && !keepsCase ? KeyFolding.Fold(key) : key, cancellationToken);
            if (result.Failure is { } failure) throw new FatalException(Failed, $"table {name}: query error: {failure}");
            if (result.Value is { } value) return value;
        }
        return null;
    }

    private static async Task<int> ListAsync(List<(string Name, ILookupTable Table)> tables, bool isJson, CancellationToken cancellationToken)
    {
        foreach (var (name, table) in tables)
        {
            var entries = table.List(cancellationToken) ?? throw new FatalException(Failed, $"table {name}: sequence operation is not supported");
            await foreach (var (key, value) in entries) Console.WriteLine(Line(key, value, isJson));
        }
        return SystemExit.Good;
    }

    // -j: one object a line (Postfix 3.11).
    private static string Line(string key, string value, bool isJson) => isJson ? $"{{\"{Escaped(key)}\": \"{Escaped(value)}\"}}" : $"{key}\t{value}";

    private static JsonEncodedText Escaped(string text) => JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping);
}
