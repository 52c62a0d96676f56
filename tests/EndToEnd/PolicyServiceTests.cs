using System.Diagnostics;
using PolicyMTA.EndToEnd.Peers;

namespace PolicyMTA.EndToEnd;

/// <summary>Real policy services that we ask, and a real Postfix that asks us.</summary>
public sealed class PolicyServiceTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static async Task RecipientsAsync(RunningServer server, string rules, string section = "")
    {
        await File.AppendAllTextAsync(Path.Combine(server.Root, "policymta.toml"), section);
        await File.WriteAllTextAsync(Path.Combine(server.Root, "policies", "recipient.js"), $"import {{ reject, prepend, restrictions as r }} from 'policymta';\nexport default [{rules}];\n");
        var reload = await server.PolicymtaAsync("reload");
        Assert.True(reload.ExitCode == 0, reload.Errors);
    }

    private static async Task<string> TryAsync(int port, string sender, string recipient)
    {
        await using var connection = await SmtpConnection.OpenAsync(port);
        await connection.ExpectAsync("EHLO client.example", "250");
        await connection.ExpectAsync($"MAIL FROM:<{sender}>", "250");
        return await connection.AskAsync($"RCPT TO:<{recipient}>");
    }

    private static async Task<string> SendAsync(int port, string sender, string recipient, string subject)
    {
        await using var client = await SmtpConnection.OpenAsync(port);
        await client.ExpectAsync("EHLO client.example", "250");
        return await client.SendAsync(sender, recipient, $"From: {sender}\r\nSubject: {subject}\r\n\r\nHello\r\n");
    }

    [Fact]
    public async Task Postgrey_makes_a_stranger_wait_and_its_end_gives_the_default_action()
    {
        var (postgrey, name) = await PolicyDaemons.StartPostgreyAsync(delay: 2);
        await using var _ = postgrey;
        await using var server = await RunningServer.StartAsync();
        await RecipientsAsync(server, $"r.check_policy_service('{name}', {{ retry_delay: '0s' }})");
        Assert.StartsWith("450 4.2.0 <alice@example.test>: Recipient address rejected: Greylisted", await TryAsync(server.Smtp, "joe@client.example", "alice@example.test"), StringComparison.Ordinal);
        for (var watch = Stopwatch.StartNew(); (await TryAsync(server.Smtp, "joe@client.example", "alice@example.test")).StartsWith('4'); await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System))
        {
            Assert.True(watch.Elapsed < Patience, "postgrey never lets it in");
        }
        Assert.StartsWith("250", await SendAsync(server.Smtp, "joe@client.example", "alice@example.test", "waited"), StringComparison.Ordinal);
        await server.MailWithAsync("alice", "Subject: waited");
        await postgrey.DisposeAsync();
        Assert.Equal("451 4.3.5 <alice@example.test>: Recipient address rejected: Server configuration problem", await TryAsync(server.Smtp, "joe@client.example", "alice@example.test"));
    }

    [Fact]
    public async Task Policyd_spf_is_spawned_and_its_answer_is_done()
    {
        await using var nameserver = await Nameserver.StartAsync("""
            pass.test. TXT "v=spf1 ip4:127.0.0.1 -all"
            fail.test. TXT "v=spf1 ip4:192.0.2.1 -all"
            """);
        await using var server = await RunningServer.StartAsync();
        var command = await PolicyDaemons.PolicydSpfAsync(server.Root, nameserver);
        await RecipientsAsync(server, "r.check_policy_service('unix:private/policy-spf')",
            $"\n[services.policy-spf]\ncommand = [{string.Join(", ", command.Select(word => $"'''{word}'''"))}]\nlisten = \"private/policy-spf\"\ntime_limit = \"3600s\"\n");
        Assert.StartsWith("550 5.7.23 <alice@example.test>: Recipient address rejected: Message rejected due to: SPF fail", await TryAsync(server.Smtp, "joe@fail.test", "alice@example.test"), StringComparison.Ordinal);
        Assert.StartsWith("250", await SendAsync(server.Smtp, "joe@pass.test", "alice@example.test", "checked"), StringComparison.Ordinal);
        Assert.Contains("Received-SPF: Pass", await server.MailWithAsync("alice", "Subject: checked"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_spawned_service_runs_as_its_user_and_one_that_dies_gives_the_default_action()
    {
        if (!Environment.IsPrivilegedProcess) Assert.Skip("another user takes root");
        await using var server = await RunningServer.StartAsync();
        await RecipientsAsync(server, "r.check_policy_service('unix:private/dies', { retry_delay: '0s', default_action: 'DUNNO' }), r.check_policy_service('unix:private/who')", """

            [services.dies]
            command = ["/bin/sh", "-c", "read line; exit 7"]
            listen = "private/dies"

            [services.who]
            command = ["/bin/sh", "-c", 'while read line; do [ "$line" ] || printf "action=REJECT I am %s\n\n" "$(id -un)"; done']
            user = "nobody"
            listen = "private/who"

            """);
        Assert.Equal("554 5.7.1 <alice@example.test>: Recipient address rejected: I am nobody", await TryAsync(server.Smtp, "joe@client.example", "alice@example.test"));
        await server.SaysAsync("policy service unix:private/dies: the connection was closed; taking the default action 'DUNNO'");
        await server.SaysAsync("service dies: a process ended with code 7");
    }

    [Fact]
    public async Task A_Postfix_asks_our_policies()
    {
        var port = RunningServer.FreePorts(1)[0];
        await using var server = await RunningServer.StartAsync();
        await RecipientsAsync(server, "({ sender, recipient }) => sender.address === 'joe@bad.test' ? reject(`no mail for ${recipient.address}`) : prepend('X-Policy: seen')",
            $"\n[listeners.advice]\naddress = \"127.0.0.1:{port}\"\nservice = \"policy\"\n");
        await using var postfix = await PostfixInstance.StartAsync(server.Submission, "alice@example.test", server.Password("alice"),
            $"smtpd_recipient_restrictions = check_policy_service inet:127.0.0.1:{port}, permit_mynetworks, reject");
        await postfix.UntilItAnswersAsync();
        // Neither our submission list nor relay.js is asked: whether it relays is the Postfix's business.
        Assert.Equal("554 5.7.1 <bob@elsewhere.test>: Recipient address rejected: no mail for bob@elsewhere.test", await TryAsync(postfix.Port, "joe@bad.test", "bob@elsewhere.test"));
        Assert.StartsWith("250", await TryAsync(postfix.Port, "ann@good.test", "bob@elsewhere.test"), StringComparison.Ordinal);
        await server.SaysAsync("listener advice: RCPT from 127.0.0.1", "from=<joe@bad.test>", "554 5.7.1 no mail for");
    }
}
