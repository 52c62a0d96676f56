using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using PolicyMTA.Filters.MilterClient;
using PolicyMTA.Filters.Tests.MilterClient;
using PolicyMTA.Plugins.Tests;
using PolicyMTA.Queue;
using PolicyMTA.Receiving.Messages;
using PolicyMTA.Receiving.Messages.Checks;
using PolicyMTA.Receiving.Milters;
using PolicyMTA.Sdk;
using PolicyMTA.Testing;

namespace PolicyMTA.Receiving.Tests;

/// <summary>Published cases, played to a server that asks filters over the milter protocol.</summary>
[Trait("Category", "Suites")]
public sealed class MilterSuiteTests
{
    private const string Hello = "C: EHLO client.example\nS: ...\n";
    private const string Bye = "C: QUIT\nS: 221 2.0.0 Bye\nEOF";

    [Fact]
    public async Task Filters_are_obeyed_as_elsewhere()
    {
        using var suite = Suites.Find("milter/behaviour.json");
        if (suite is null) Assert.Skip("milter/behaviour.json is not here");
        var wrong = new List<string>();
        foreach (var one in Cases(suite)) await PlayAsync(one, id => ObeyAsync(id, one.GetProperty("text").GetString()!), wrong);
        Assert.True(wrong.Count == 0, string.Join("\n", wrong));
        Assert.Equal(suite.RootElement.GetProperty("count").GetInt32(), Cases(suite).Count());
    }

    [Fact]
    public async Task Edits_give_what_they_give_in_Postfix()
    {
        using var suite = Suites.Find("postfix/milter-edits.json");
        if (suite is null) Assert.Skip("postfix/milter-edits.json is not here");
        var (wrong, played) = (new List<string>(), 0);
        foreach (var one in Cases(suite))
        {
            var commands = one.GetProperty("commands").EnumerateArray().Select(command => command.GetString()!).ToArray();
            await PlayAsync(one, _ => EditAsync(one, commands), wrong);
            played++;
        }
        Assert.True(wrong.Count == 0, string.Join("\n", wrong));
        Assert.Equal(suite.RootElement.GetProperty("count").GetInt32(), played);
    }

    private static IEnumerable<JsonElement> Cases(JsonDocument suite) => suite.RootElement.GetProperty("cases").EnumerateArray();

    private static async Task PlayAsync(JsonElement one, Func<string, Task> play, List<string> wrong)
    {
        var id = one.GetProperty("id").GetString()!;
        try
        {
            await play(id);
        }
        catch (Exception failure)
        {
            wrong.Add($"{id}: {failure.Message}");
        }
    }

    private static async Task ObeyAsync(string id, string text)
    {
        var folder = id.Split('/')[0];
        await using var idle = new ScriptedFilter();
        await using var filter = new ScriptedFilter { Decides = new FilterOfSuite(folder).Decide };
        // Two in a row, where the suite has two.
        await using var server = await StartAsync(folder is "auth" or "milter" ? [idle, filter] : [filter]);
        var cases = BehaviourCase.Read(text);
        await server.PlayAsync("S: 220 *\n" + Hello + string.Concat(cases.Select(one => one.Script(Hello))) + Bye);
        var entries = await server.QueuedAsync();
        if (cases[0].IsDiscardedOrHeld)
        {
            Assert.Equal(id.EndsWith("quarantine", StringComparison.Ordinal) ? 1 : 0, entries.Count);
            Assert.All(entries, entry => Assert.All(entry.Recipients, recipient => Assert.Equal(RecipientState.Held, recipient.State)));
        }
        else Assert.Equal(cases.Count(one => one.IsAccepted), entries.Count);
        if (!cases[0].IsAccepted) return;
        foreach (var entry in entries)
        {
            if (cases[0].Sender is { } sender) Assert.Equal(sender, $"<{entry.Sender}>");
            if (cases[0].Kept.Count > 0) Assert.Equal(cases[0].Kept, entry.Recipients.Select(recipient => $"<{recipient.Address}>"));
            if (cases[0].Header is { } header) Assert.Equal(header + "\r\nbody\r\n", await ContentAsync(server, entry));
        }
    }

    private static async Task EditAsync(JsonElement one, string[] commands)
    {
        // Each body of the suite is a whole one, and pieces of one filter are one body: the next body is the next filter's.
        var answers = new List<List<string>> { new() };
        foreach (var words in commands.Select(command => command.Split(' ', 2)))
        {
            if (words[0] == "replbody" && answers[^1].Any(packet => packet[0] == 'b')) answers.Add([]);
            answers[^1].AddRange(Packets(one, words[0], words.Length > 1 ? words[1] : ""));
        }
        var filters = answers.Select(packets => new ScriptedFilter { Answers = { ['E'] = [.. packets, "c"] } }).ToArray();
        try
        {
            var cleanup = Cleanup(one, commands);
            await using var server = await StartAsync(filters, cleanup);
            var (before, after) = (one.GetProperty("envelope_before"), one.GetProperty("envelope_after"));
            var script = new StringBuilder("S: 220 *\n" + Hello + $"C: MAIL FROM:<{before.GetProperty("sender").GetString()}>\nS: 250 2.1.0 Ok\n");
            foreach (var recipient in Recipients(before)) script.Append($"C: RCPT TO:<{recipient}>\nS: 250 2.1.5 Ok\n");
            script.Append($"C: DATA\nS: 354 *\nC! {Lines(one, "message_before").Replace("\r\n", "\\r\\n", StringComparison.Ordinal)}.\\r\\n\n{(Says(one, "reject") is { } refused ? $"S: 550 {refused}" : "S: 250 2.0.0 Ok: queued as *")}\n");
            await server.PlayAsync(script + Bye);
            var entries = await server.QueuedAsync();
            if (Says(one, "reject") is not null || Says(one, "discard") is not null)
            {
                Assert.Empty(entries);
                return;
            }
            var entry = Assert.Single(entries);
            if (Says(one, "redirect") is { } other)
            {
                Assert.Equal([other], entry.Recipients.Select(recipient => recipient.Address.ToString()));
                return;
            }
            Assert.All(entry.Recipients, recipient => Assert.Equal((Says(one, "filter"), Says(one, "hold") is not null), (recipient.RouteOverride, recipient.State == RecipientState.Held)));
            Assert.Equal(after.GetProperty("sender").GetString(), entry.Sender.ToString().Trim('<', '>'));
            Assert.Equal(Recipients(after).Order(StringComparer.Ordinal), entry.Recipients.Select(recipient => recipient.Address.ToString()).Order(StringComparer.Ordinal));
            // A message of header fields alone gets the empty line it lacks from us, and not from Postfix.
            var expected = Lines(one, "message_after");
            Assert.Equal(expected.Contains("\r\n\r\n", StringComparison.Ordinal) ? expected : expected + "\r\n", await ContentAsync(server, entry));
        }
        finally
        {
            foreach (var filter in filters) await filter.DisposeAsync();
        }
    }

    private static string[] Packets(JsonElement one, string command, string rest) => (command, rest.Split(' ')) switch
    {
        ("open" or "close" or "enable_original_recipient" or "header_checks" or "sender_bcc_maps", _) => [],
        ("add_header", [var name, ..]) => [$"h{name}\0{rest[(name.Length + 1)..]}\0"],
        ("ins_header", [var place, var name, ..]) => [$"i{Number(place)}{name}\0{rest[(place.Length + name.Length + 2)..]}\0"],
        ("upd_header", [var place, var name, ..]) => [$"m{Number(place)}{name}\0{rest[(place.Length + name.Length + 2)..]}\0"],
        ("del_header", [var place, var name]) => [$"m{Number(place)}{name}\0\0"],
        ("chg_from", [var sender, ..]) => [$"e<{sender}>\0{rest[(sender.Length + 1)..].Trim('{', '}', ' ')}\0"],
        ("add_rcpt", [var recipient]) => [$"+<{recipient}>\0"],
        ("add_rcpt_par", [var recipient, var parameters]) => [$"2<{recipient}>\0{parameters}\0"],
        ("del_rcpt", [var recipient]) => [$"-<{recipient}>\0"],
        ("replbody", [var file]) => ["b" + one.GetProperty("files").GetProperty(file).GetString()],
        _ => throw new InvalidOperationException($"what is '{command} {rest}'?"),
    };

    private static string Number(string text) => $"\0\0\0{(char)int.Parse(text, CultureInfo.InvariantCulture)}";

    private static IEnumerable<string> Recipients(JsonElement envelope) => envelope.GetProperty("recipients").EnumerateArray().Select(recipient => recipient.GetString()!);

    private static string Lines(JsonElement one, string name) => one.GetProperty(name).GetString()!.ReplaceLineEndings("\r\n");

    // Without our own Received field.
    private static async Task<string> ContentAsync(ReceivingServer server, QueueEntry entry)
    {
        var content = await server.ContentAsync(entry);
        return content[(content.IndexOf("(UTC)\r\n", StringComparison.Ordinal) + 7)..];
    }

    // What a check did, from Postfix's log: the text of its action; null when it did nothing.
    private static string? Says(JsonElement one, string action) => one.TryGetProperty("log", out var log)
        ? log.EnumerateArray().Select(line => line.GetString()!).Where(line => line.Contains($" milter-header-{action}: ", StringComparison.Ordinal)).Select(line => line[(line.LastIndexOf(">: ", StringComparison.Ordinal) + 3)..]).LastOrDefault()
        : null;

    private static CleanupSettings Cleanup(JsonElement one, string[] commands)
    {
        var cleanup = new CleanupSettings();
        foreach (var words in commands.Select(command => command.Split(' ')))
        {
            if (words[0] == "sender_bcc_maps") cleanup = cleanup with { SenderBccMaps = [new PatternTable([("", words[1]["static:".Length..])])] };
            if (words[0] != "header_checks") continue;
            var lines = one.GetProperty("files").GetProperty(words[1]["regexp:".Length..]).GetString()!.Split('\n', StringSplitOptions.RemoveEmptyEntries);
            var patterns = lines.Select(line => line[1..].Split('/', 2)).Select(parts => (parts[0], parts[1].Trim()));
            cleanup = cleanup with { Checks = new ContentCheckSettings { MilterHeaderChecks = [new PatternTable([.. patterns])] } };
        }
        return cleanup;
    }

    private sealed class PatternTable((string Pattern, string Value)[] patterns) : ILookupTable
    {
        public bool AcceptsPartialKeys => false;

        public bool FoldsKeys => false;

        public ValueTask<LookupResult> FindAsync(string key, CancellationToken cancellationToken) =>
            new(patterns.FirstOrDefault(pattern => Regex.IsMatch(key, pattern.Pattern, RegexOptions.IgnoreCase, TimeSpan.FromSeconds(1))) is { Value: { } value } ? LookupResult.Found(value) : LookupResult.None);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    private static Task<ReceivingServer> StartAsync(ScriptedFilter[] filters, CleanupSettings? cleanup = null)
    {
        var bench = new PluginBench(new MilterClientPlugin());
        IMilter[] milters = [.. filters.Select(filter => bench.Milter($"inet:127.0.0.1:{filter.Place.Port}"))];
        return ReceivingServer.StartAsync(service => service with { Milters = new MilterSettings { Milters = milters } }, new Dictionary<string, string>(Rules.Default), trustsLoopback: true, holds: false, generation: generation => generation with { Cleanup = cleanup ?? generation.Cleanup });
    }
}
