using System.Diagnostics;
using System.Text.RegularExpressions;

namespace PolicyMTA.EndToEnd;

/// <summary>A server that relays for this machine, each domain to a next hop that a test names.</summary>
public sealed class RelayServer : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);
    private RunningServer? _server;

    internal RunningServer Server => _server!;

    public async ValueTask InitializeAsync()
    {
        _server = await RunningServer.StartAsync();
        var relay = Path.Combine(Server.Root, "policies", "relay.js");
        await File.WriteAllTextAsync(relay, (await File.ReadAllTextAsync(relay)).Replace("r.permit_sasl_authenticated(),", "r.permit_mynetworks(),\n  r.permit_sasl_authenticated(),", StringComparison.Ordinal));
        await File.WriteAllTextAsync(Hops, "nowhere.test smtp:[127.0.0.1]:1\n");
        await File.WriteAllTextAsync(Path.Combine(Server.Root, "logins"), "nowhere.test nobody:nothing\n");
        await File.WriteAllTextAsync(Path.Combine(Server.Root, "tls-policies"), "nowhere.test may\n");
        await Server.ReconfigureAsync("virtual_transport = \"maildir\"", """
            virtual_transport = "maildir"
            transport_maps = "texthash:hops"
            smtp_tls_policy_maps = "texthash:tls-policies"
            smtp_tls_loglevel = "1"
            smtp_sasl_auth_enable = true
            smtp_sasl_password_maps = "texthash:logins"
            """);
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
    }

    /// <summary>A change of a parameter beside those.</summary>
    internal Task SetAsync(string line) => Server.ReconfigureAsync("transport_maps = \"texthash:hops\"", "transport_maps = \"texthash:hops\"\n" + line);

    /// <summary>Sends the mail of a domain to a next hop, with a TLS policy and a login if there are any.</summary>
    internal async Task RouteAsync(string domain, string transport, string nextHop, string? tls = null, string? login = null)
    {
        await File.AppendAllTextAsync(Hops, $"{domain} {transport}:{nextHop}\n");
        if (tls is not null) await File.AppendAllTextAsync(Path.Combine(Server.Root, "tls-policies"), $"{nextHop} {tls}\n");
        if (login is not null) await File.AppendAllTextAsync(Path.Combine(Server.Root, "logins"), $"{nextHop} {login}\n");
        var result = await Server.PolicymtaAsync("reload");
        Assert.True(result.ExitCode == 0, result.Errors);
    }

    internal async Task SendAsync(string content, params string[] recipients)
    {
        await using var client = await SmtpConnection.OpenAsync(Server.Smtp);
        await client.ExpectAsync("EHLO localhost", "250");
        await client.ExpectAsync("MAIL FROM:<joe@localhost>", "250");
        foreach (var recipient in recipients) await client.ExpectAsync($"RCPT TO:<{recipient}>", "250");
        await client.ExpectAsync("DATA", "354");
        Assert.StartsWith("250 ", await client.AskAsync(content + "\r\n."), StringComparison.Ordinal);
    }

    /// <summary>What the log says became of a recipient: <c>sent</c>, <c>deferred</c> or <c>bounced</c>, and the text behind it.</summary>
    internal async Task<(string Status, string Text)> OutcomeAsync(string recipient)
    {
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < Patience; await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System))
        {
            var found = Regex.Match(string.Join('\n', Server.Output), $@"to=<{Regex.Escape(recipient)}>,.* status=(\w+) \((.*)\)");
            if (found.Success) return (found.Groups[1].Value, found.Groups[2].Value);
        }
        throw new TimeoutException($"nothing became of {recipient}:\n{string.Join('\n', Server.Output.TakeLast(30))}");
    }

    private string Hops => Path.Combine(Server.Root, "hops");
}
