using System.Text.Json;

namespace PolicyMTA.EndToEnd;

/// <summary>The three things users do: drop a DLL, edit a policy, run reload.</summary>
public sealed class ReloadTests
{
    private const string HelloPolicy = "import { restrictions as r } from 'policymta';\n\nexport default [r.reject_hello('spammer.example')];\n";

    [Fact]
    public async Task A_broken_policy_is_refused_with_its_place_and_the_old_one_stays()
    {
        await using var server = await RunningServer.StartAsync();
        var before = (await server.PolicymtaJsonAsync("status")).GetProperty("generation").GetString();
        await File.WriteAllTextAsync(Path.Combine(server.Root, "policies", "helo.js"), "export default [\n  oops(;\n];\n");
        var result = await server.PolicymtaAsync("reload");
        Assert.Equal(1, result.ExitCode);
        Assert.Matches("helo\\.js:2:\\d+: ", result.Errors);
        Assert.Equal(before, (await server.PolicymtaJsonAsync("status")).GetProperty("generation").GetString());
        await using var connection = await SmtpConnection.OpenAsync(server.Smtp);
        await connection.ExpectAsync("EHLO client.test", "250");
        Assert.StartsWith("250 2.0.0 ", await connection.SendAsync("joe@localhost", "alice@example.test", "Subject: still\r\n\r\ntext"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reload_changes_what_sessions_get_without_dropping_them_and_rollback_undoes_it()
    {
        await using var server = await RunningServer.StartAsync();
        await using var session = await SmtpConnection.OpenAsync(server.Smtp);
        await session.ExpectAsync("EHLO client.test", "250");
        await File.WriteAllTextAsync(Path.Combine(server.Root, "policies", "helo.js"), "import { reject } from 'policymta';\n\nexport default [() => reject('not today')];\n");
        var reload = await server.PolicymtaAsync("reload", "--now");
        Assert.True(reload.ExitCode == 0, reload.Errors);
        Assert.Contains("helo.js", reload.Output, StringComparison.Ordinal);
        Assert.StartsWith("554 5.7.1 ", await RecipientAsync(session), StringComparison.Ordinal);

        var rollback = await server.PolicymtaAsync("rollback");
        Assert.True(rollback.ExitCode == 0, rollback.Errors);
        await using var next = await SmtpConnection.OpenAsync(server.Smtp);
        await next.ExpectAsync("EHLO client.test", "250");
        Assert.StartsWith("250 ", await RecipientAsync(next), StringComparison.Ordinal);
        var history = await server.PolicymtaJsonAsync("policy", "history");
        Assert.True(history.GetArrayLength() >= 2);
        Assert.NotEqual("", history[0].GetProperty("author").GetString());
        Assert.StartsWith("--- ", (await server.PolicymtaAsync("policy", "diff")).Output, StringComparison.Ordinal);
        Assert.Single(history.EnumerateArray(), entry => entry.GetProperty("is_current").GetBoolean());
    }

    [Fact]
    public async Task A_reload_without_a_change_says_so()
    {
        await using var server = await RunningServer.StartAsync();
        var result = await server.PolicymtaAsync("reload");
        Assert.Equal(0, result.ExitCode);
        Assert.StartsWith("nothing has changed", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_plugin_is_dropped_in_used_replaced_and_removed_while_the_server_runs()
    {
        await using var server = await RunningServer.StartAsync();
        var helo = Path.Combine(server.Root, "policies", "helo.js");
        var former = await File.ReadAllTextAsync(helo);
        var plugin = Path.Combine(server.Root, "plugins", "HelloRestriction.dll");
        await File.WriteAllTextAsync(helo, HelloPolicy);

        var without = await server.PolicymtaAsync("reload");
        Assert.Equal(1, without.ExitCode);
        Assert.Matches("helo\\.js:3:\\d+: .*reject_hello", without.Errors);

        File.Copy(Repository.HelloRestriction, plugin);
        await ReloadAsync(server);
        Assert.Equal("554 5.7.1 <spammer.example>: Helo command rejected: Hello, and good-bye", await GreetAsync(server, "spammer.example"));
        Assert.StartsWith("250 ", await GreetAsync(server, "client.test"), StringComparison.Ordinal);
        Assert.Equal("0.1.0", await VersionAsync(server));

        File.Copy(Repository.NewerHelloRestriction, plugin, overwrite: true);
        await ReloadAsync(server);
        Assert.Equal("0.2.0", await VersionAsync(server));
        Assert.StartsWith("554 5.7.1 ", await GreetAsync(server, "spammer.example"), StringComparison.Ordinal);

        File.Delete(plugin);
        await File.WriteAllTextAsync(helo, former);
        await ReloadAsync(server);
        Assert.Null(await VersionAsync(server));
        Assert.StartsWith("250 ", await GreetAsync(server, "spammer.example"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_the_helo_plugin_its_names_are_errors_and_the_old_rules_stay()
    {
        using var program = new ProgramCopy();
        await using var server = await RunningServer.StartAsync(program.Folder);
        program.RemovePlugin("Helo");
        var result = await server.PolicymtaAsync("reload");
        Assert.Equal(1, result.ExitCode);
        Assert.Matches("helo\\.js:\\d+:\\d+: .*reject_unknown_helo_hostname", result.Errors);
        Assert.StartsWith("250 ", await GreetAsync(server, "client.test"), StringComparison.Ordinal);
    }

    private static async Task ReloadAsync(RunningServer server)
    {
        var result = await server.PolicymtaAsync("reload");
        Assert.True(result.ExitCode == 0, result.Errors);
    }

    private static async Task<string> GreetAsync(RunningServer server, string name)
    {
        await using var connection = await SmtpConnection.OpenAsync(server.Smtp);
        await connection.ExpectAsync($"EHLO {name}", "250");
        return await RecipientAsync(connection);
    }

    private static async Task<string> RecipientAsync(SmtpConnection connection)
    {
        await connection.ExpectAsync("MAIL FROM:<joe@localhost>", "250");
        return await connection.AskAsync("RCPT TO:<alice@example.test>");
    }

    /// <summary>The version of the sample that a generation holds; null when it is gone from memory.</summary>
    private static async Task<string?> VersionAsync(RunningServer server)
    {
        // A context that was let go leaves with one of the next collections.
        for (var tries = 0; ; tries++)
        {
            var plugins = (await server.PolicymtaJsonAsync("plugins")).EnumerateArray().Where(plugin => plugin.GetProperty("name").GetString()!.Contains("HelloRestriction", StringComparison.Ordinal)).ToList();
            if (plugins.All(plugin => !plugin.GetProperty("is_let_go").GetBoolean()) && plugins.Count < 2 || tries == 100) return Version(plugins);
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        }
    }

    private static string? Version(List<JsonElement> plugins) => plugins switch
    {
        [] => null,
        [var only] => string.Join('.', only.GetProperty("version").GetString()!.Split('.').Take(3)),
        _ => throw new InvalidOperationException("an earlier version is still in memory"),
    };
}
