namespace PolicyMTA.EndToEnd;

/// <summary>The rules of delivery in a running server: put in by a reload, and told about by <c>explain</c>.</summary>
public sealed class DeliveryRulesTests : IAsyncLifetime
{
    private RunningServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await RunningServer.StartAsync();

    public async ValueTask DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task Route_of_a_rule_is_taken_returned_mail_says_why_and_explain_tells()
    {
        await PutAsync("route.js", "import { reject } from 'policymta';\nexport default function moved({ recipient }) {\n  if (recipient.local === 'bob') return reject('Bob has moved', { status: '5.1.6' });\n}\n");
        await SendAsync("to bob");
        var report = await _server.MailWithAsync("alice", "Bob has moved");
        Assert.Contains("Status: 5.1.6", report, StringComparison.Ordinal);
        var line = _server.Output.First(l => l.Contains("to=<bob@example.test>", StringComparison.Ordinal) && l.Contains("status=bounced (Bob has moved)", StringComparison.Ordinal));
        var id = line.Split(": ").First(word => word.Split(' ')[^1].All(char.IsLetterOrDigit) && word.Split(' ')[^1].Length >= 10).Split(' ')[^1];
        await Eventually.SaysAsync(() => _server.PolicymtaAsync("explain", id).GetAwaiter().GetResult().Output, "moved", "route.js:2", "reject 554 5.1.6");
    }

    [Fact]
    public async Task Report_goes_to_the_desk_that_a_rule_names()
    {
        await PutAsync("bounce.js", "import { redirect } from 'policymta';\nexport default ({ bounce }) => bounce.kind === 'failure' ? redirect('bob@example.test') : undefined;\n");
        await PutAsync("attempt.js", "import { bounce } from 'policymta';\nexport default ({ recipients, sender }) => sender.address && recipients.some(r => r.local === 'bob') ? bounce('nobody home') : undefined;\n");
        await SendAsync("to the desk");
        Assert.Contains("Final-Recipient: rfc822; bob@example.test", await _server.MailWithAsync("bob", "nobody home"), StringComparison.Ordinal);
    }

    private async Task PutAsync(string name, string text)
    {
        await File.WriteAllTextAsync(Path.Combine(_server.Root, "policies", name), text);
        var result = await _server.PolicymtaAsync("reload");
        Assert.True(result.ExitCode == 0, result.Output + result.Errors);
    }

    private async Task SendAsync(string subject)
    {
        var sent = await Command.RunAsync(Path.Combine(Repository.Program, "policymta"), ["--config", Path.Combine(_server.Root, "policymta.toml"), "sendmail", "-f", "alice@example.test", "bob@example.test"], $"Subject: {subject}\n\nbody\n");
        Assert.True(sent.ExitCode == 0, sent.Errors);
    }
}
