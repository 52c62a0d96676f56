using System.Text.RegularExpressions;

namespace PolicyMTA.EndToEnd;

/// <summary>Filters behind the queue: mail goes out to them and comes back on another listener.</summary>
public sealed class ContentFilterTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly int _back = RunningServer.FreePorts(1)[0];
    private RunningServer? _server;
    private ReinjectingFilter? _filter;

    private RunningServer Server => _server!;

    private ReinjectingFilter Filter => _filter!;

    public async ValueTask InitializeAsync()
    {
        _server = await RunningServer.StartAsync();
        // Alice may send without a login here.
        foreach (var list in (string[])["sender", "recipient"]) await File.WriteAllTextAsync(Path.Combine(Server.Root, "policies", list + ".js"), "export default [];\n");
        _filter = new ReinjectingFilter(_back);
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
        if (_filter is not null) await _filter.DisposeAsync();
    }

    [Fact]
    public async Task Mail_passes_the_filter_and_comes_once_whatever_the_filter_does()
    {
        await ConfigureAsync("content_filter = \"\"\nreceive_override_options = [\"no_address_mappings\", \"no_milters\"]");
        string[] subjects = [.. from word in (string[])["plain", "waits", "dies"] from number in Enumerable.Range(1, 6) select $"{word} {number}."];
        await Task.WhenAll(subjects.Select(subject => SendAsync(subject, "alice@example.test", "bob@example.test")));
        await UntilAsync(async () =>
        {
            await Server.PolicymtaAsync("queue", "flush", "--all");
            return (await Server.MailAsync("alice", 0)).Count >= subjects.Length && (await Server.MailAsync("bob", 0)).Count >= subjects.Length;
        });
        await UntilEmptyAsync();
        foreach (var user in (string[])["alice", "bob"])
        {
            var mail = await Server.MailAsync(user);
            Assert.Equal(subjects.Order(StringComparer.Ordinal), mail.Select(Subject).Order(StringComparer.Ordinal));
            Assert.All(mail, message => Assert.Single(Regex.Matches(message, "(?m)^X-Filtered: yes")));
            Assert.All(mail, message => Assert.Contains("\n.dot", message, StringComparison.Ordinal));
        }
        Assert.All(subjects, subject => Assert.Equal(subject.StartsWith("plain", StringComparison.Ordinal) ? 1 : 2, Filter.Tries[subject]));
    }

    [Fact]
    public async Task What_users_of_this_machine_submit_passes_the_filter_too()
    {
        await ConfigureAsync("content_filter = \"\"");
        using var programs = new LegacyPrograms(Server);
        var sent = await programs.RunAsync("sendmail", ["-i", "-f", "alice@example.test", "bob@example.test"], "Subject: from cron\n\nHello\n");
        Assert.True(sent.ExitCode == 0, sent.Errors);
        Assert.Contains("X-Filtered: yes", await Server.MailWithAsync("bob", "Subject: from cron"), StringComparison.Ordinal);
        await UntilEmptyAsync();
        Assert.Single(await Server.MailAsync("bob"));
    }

    [Fact]
    public async Task What_the_filter_refuses_goes_back_to_its_sender_unfiltered()
    {
        await ConfigureAsync("content_filter = \"\"");
        await SendAsync("spam", "bob@example.test");
        var bounce = await Server.MailWithAsync("alice", "no spam");
        Assert.DoesNotContain("X-Filtered", bounce, StringComparison.Ordinal);
        Assert.Equal(1, Filter.Tries["spam"]);
        await UntilEmptyAsync();
        Assert.Empty(await Server.MailAsync("bob", 0));
    }

    [Fact]
    public async Task A_way_back_through_the_filter_ends_at_the_hop_limit()
    {
        await ConfigureAsync("", "hopcount_limit = 5\n");
        await SendAsync("round and round", "bob@example.test");
        Assert.Contains("too many hops", await Server.MailWithAsync("alice", "round and round"), StringComparison.Ordinal);
        Assert.InRange(Filter.Tries["round and round"], 4, 7);
        await UntilEmptyAsync();
        Assert.Empty(await Server.MailAsync("bob", 0));
    }

    [Fact]
    public async Task A_filter_can_be_a_command_that_gives_mail_back_with_sendmail()
    {
        using var programs = new LegacyPrograms(Server);
        var script = Path.Combine(Server.Root, "filter");
        await File.WriteAllTextAsync(script, $"#!/bin/sh\n(echo 'X-Filtered: yes'; cat) | POLICYMTA_CONFIG={Server.Root}/policymta.toml exec {programs.Path("sendmail")} -G -i -f \"$1\" -- \"$2\"\n");
        File.SetUnixFileMode(script, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        await File.AppendAllTextAsync(Path.Combine(Server.Root, "policymta.toml"), $"\n[transports.scan]\ncommand = [\"{script}\", \"${{sender}}\", \"${{recipient}}\"]\n");
        await Server.ReconfigureAsync("[listeners.smtp]\n", "[listeners.smtp]\ncontent_filter = \"scan:here\"\n");
        await SendAsync("by command", "bob@example.test");
        var mail = await Server.MailWithAsync("bob", "Subject: by command");
        Assert.Contains("X-Filtered: yes", mail, StringComparison.Ordinal);
        Assert.Contains("Return-Path: <alice@example.test>", mail, StringComparison.Ordinal);
        await UntilEmptyAsync();
        Assert.Single(await Server.MailAsync("bob"));
    }

    [Theory]
    [InlineData("content_filter = \"scan\"", "content_filter: it must be transport:nexthop")]
    [InlineData("receive_override_options = [\"no_mail\"]", "'no_mail' is none of no_address_mappings")]
    public async Task Mistakes_are_told(string line, string mistake)
    {
        var file = Path.Combine(Server.Root, "policymta.toml");
        await File.WriteAllTextAsync(file, (await File.ReadAllTextAsync(file)).Replace("[listeners.smtp]\n", $"[listeners.smtp]\n{line}\n", StringComparison.Ordinal));
        Assert.Contains(mistake, (await Server.PolicymtaAsync("reload")).Errors, StringComparison.Ordinal);
    }

    // Everybody's mail goes to the filter; what it gives back comes in at a listener of its own.
    private async Task ConfigureAsync(string back, string more = "")
    {
        await File.AppendAllTextAsync(Path.Combine(Server.Root, "policymta.toml"), $"\n[listeners.back]\naddress = \"127.0.0.1:{_back}\"\n{back}\n");
        await Server.ReconfigureAsync("message_size_limit = 0\n", $"message_size_limit = 0\ncontent_filter = \"smtp:[127.0.0.1]:{Filter.Port}\"\n{more}");
    }

    private async Task SendAsync(string subject, params string[] recipients)
    {
        await using var client = await SmtpConnection.OpenAsync(Server.Smtp);
        await client.ExpectAsync("EHLO localhost", "250");
        await client.ExpectAsync("MAIL FROM:<alice@example.test>", "250");
        foreach (var recipient in recipients) await client.ExpectAsync($"RCPT TO:<{recipient}>", "250");
        await client.ExpectAsync("DATA", "354");
        Assert.StartsWith("250 ", await client.AskAsync($"From: alice@example.test\r\nSubject: {subject}\r\n\r\nHello\r\n..dot\r\n."), StringComparison.Ordinal);
    }

    private Task UntilEmptyAsync() => UntilAsync(async () => await Server.PolicymtaAsync("queue", "list", "--json") is { ExitCode: 0, Output: "" });

    private static async Task UntilAsync(Func<Task<bool>> isSo)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!await isSo())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < Patience, "it does not become so");
            await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System);
        }
    }

    private static string Subject(string message) => Regex.Match(message, "(?m)^Subject: (.*?)\r?$").Groups[1].Value;
}
