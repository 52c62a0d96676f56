using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using PolicyMTA.Configuration;
using PolicyMTA.Control;
using PolicyMTA.Generations;
using PolicyMTA.Sdk;

namespace PolicyMTA.Commands;

/// <summary><c>policymta map</c>: what is in one of the server's tables. Without a server that runs, the table is opened here.</summary>
internal static class MapCommand
{
    public static Command Build(ConfigurationLocation location, TimeProvider time)
    {
        var table = new Argument<string>("TABLE") { Description = "type:name, or the NAME of a [tables.NAME] section" };
        var key = new Argument<string>("KEY");
        var json = new Option<bool>("--json") { Description = "Print JSON" };
        var query = new Command("query", "Look up a key; exit code 1 when it is not there") { table, key, json };
        query.SetAction((parsed, token) => TellAsync(() => QueryAsync(location, parsed, parsed.GetValue(table)!, parsed.GetValue(key)!, parsed.GetValue(json), time, token)));
        var dump = new Command("dump", "Print every key and value, where the table can tell: files, inline") { table };
        dump.SetAction((parsed, token) => TellAsync(() => DumpAsync(location.File(parsed), parsed.GetValue(table)!, time, token)));
        var test = new Command("test", "Open a table anew, without the server, look up a key, and tell how it went; exit code 1 when it is not there, 75 when the table can't say") { table, key };
        test.SetAction((parsed, token) => TellAsync(() => TestAsync(location.File(parsed), parsed.GetValue(table)!, parsed.GetValue(key)!, time, token)));
        return new Command("map", "Lookup tables") { query, dump, test };
    }

    private static async Task<int> TellAsync(Func<Task<int>> action)
    {
        try
        {
            return await action();
        }
        catch (Exception e) when (e is ConfigurationException or TemporaryFailureException)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return ExitCode.Failed;
        }
    }

    private static async Task<int> QueryAsync(ConfigurationLocation location, ParseResult parsed, string table, string key, bool isJson, TimeProvider time, CancellationToken cancellationToken)
    {
        var socket = location.Socket(parsed);
        var reply = File.Exists(socket)
            ? await AskServerAsync(socket, table, key, cancellationToken)
            : await AskHereAsync(location.File(parsed), table, key, time, cancellationToken);
        if (isJson) Console.WriteLine(JsonSerializer.Serialize(reply, ControlJson.Default.LookupReply));
        else if (reply.Found) Console.WriteLine(reply.Value);
        if (reply.Failure is not null) await Console.Error.WriteLineAsync(reply.Failure);
        return reply.Found ? ExitCode.Good : ExitCode.Failed;
    }

    private static async Task<LookupReply> AskServerAsync(string socket, string table, string key, CancellationToken cancellationToken)
    {
        using var client = new ControlClient(socket);
        return await client.GetAsync(ClientCall.Path("/lookup", ("table", table), ("key", key)), ControlJson.Default.LookupReply, cancellationToken);
    }

    private static async Task<LookupReply> AskHereAsync(string file, string table, string key, TimeProvider time, CancellationToken cancellationToken)
    {
        await using var tables = await OpenAsync(file, time, cancellationToken);
        var opened = tables.Open(table);
        var result = await opened.FindFoldedAsync(key, cancellationToken);
        return new LookupReply(result.IsFound, result.Value, result.Failure);
    }

    private static async Task<int> DumpAsync(string file, string table, TimeProvider time, CancellationToken cancellationToken)
    {
        await using var tables = await OpenAsync(file, time, cancellationToken);
        var entries = tables.Open(table).List(cancellationToken) ?? throw new ConfigurationException($"{table}: a table of this type can't list its keys");
        await foreach (var (key, value) in entries) Console.WriteLine($"{key}\t{value}");
        return ExitCode.Good;
    }

    private static async Task<int> TestAsync(string file, string table, string key, TimeProvider time, CancellationToken cancellationToken)
    {
        await using var tables = await OpenAsync(file, time, cancellationToken);
        var opened = tables.Open(table);
        var asked = opened.FoldsKeys ? KeyFolding.Fold(key) : key;
        var start = time.GetTimestamp();
        var result = await opened.FindAsync(asked, cancellationToken);
        var took = time.GetElapsedTime(start);
        Console.WriteLine($"table   {table}");
        Console.WriteLine($"key     {asked}{(asked == key ? "" : " (in lower case)")}");
        Console.WriteLine($"asked   {(opened.AcceptsPartialKeys ? "whole keys and their parts: user@domain, domain, @domain" : "whole keys only")}");
        Console.WriteLine(result switch
        {
            { Failure: { } failure } => $"result  temporary failure: {failure}",
            { Value: { } value } => $"result  found: {value}",
            _ => "result  not found",
        });
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"took    {took.TotalMilliseconds:0.000} ms"));
        return result.IsFound ? ExitCode.Good : result.Failure is null ? ExitCode.Failed : Postfix.SystemExit.TemporaryFailure;
    }

    private static Task<OfflinePlugins> OpenAsync(string file, TimeProvider time, CancellationToken cancellationToken)
    {
        var result = ConfigurationLoader.Load(file);
        return result.Configuration is { } configuration
            ? OfflinePlugins.OpenAsync(configuration, NullLoggerFactory.Instance, time, cancellationToken)
            : throw new ConfigurationException(string.Join('\n', result.Errors));
    }
}
