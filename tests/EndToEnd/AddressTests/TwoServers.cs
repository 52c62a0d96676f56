using System.Diagnostics;
using PolicyMTA.EndToEnd.Peers;

namespace PolicyMTA.EndToEnd.AddressTests;

/// <summary>Postfix and our server side by side, with the same parameters and tables: what both are sent goes on to a next hop each.</summary>
internal sealed class TwoServers : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);
    private readonly string _tables = Directory.CreateTempSubdirectory("policymta-tables-").FullName;
    private readonly RecordingHop _theirHop = new();
    private readonly RecordingHop _ourHop = new();
    private PostfixInstance? _postfix;
    private RunningServer? _server;

    public IReadOnlyList<Arrival> Theirs => _theirHop.Arrivals;

    public IReadOnlyList<Arrival> Ours => _ourHop.Arrivals;

    public string TheirLog => _postfix!.Log;

    public IReadOnlyList<string> OurLog => _server!.Output;

    /// <param name="tables">The tables by file name, in the form of postmap's input.</param>
    /// <param name="parameters">Postfix's parameters; <c>{TABLES}</c> is the folder of the tables.</param>
    public static async Task<TwoServers> StartAsync(IReadOnlyDictionary<string, string> tables, IReadOnlyDictionary<string, string> parameters)
    {
        UnpackedPeers.Require("postfix");
        var servers = new TwoServers();
        try
        {
            await servers.StartBothAsync(tables, parameters.ToDictionary(p => p.Key, p => p.Value.Replace("{TABLES}", servers._tables, StringComparison.Ordinal)));
            return servers;
        }
        catch
        {
            await servers.DisposeAsync();
            throw;
        }
    }

    /// <summary>Sends the same to both; their replies to the end of data.</summary>
    public async Task<(string Theirs, string Ours)> SendAsync(string sender, IReadOnlyList<string> recipients, string content)
    {
        try
        {
            return (await SendAsync(_postfix!.Port, sender, recipients, content), await SendAsync(_server!.Smtp, sender, recipients, content));
        }
        catch (Exception failure) when (failure is OperationCanceledException or IOException)
        {
            throw new InvalidOperationException($"{failure.Message}\n{string.Join('\n', TheirLog.Split('\n').TakeLast(20))}\n{string.Join('\n', OurLog.TakeLast(20))}", failure);
        }
    }

    /// <summary>Waits until nothing more comes.</summary>
    public async Task SettleAsync()
    {
        var (last, quiet) = ((-1, -1), 0);
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < Patience && quiet < 15; await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System))
        {
            var now = (Theirs.Count, Ours.Count);
            quiet = now == last ? quiet + 1 : 0;
            last = now;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_postfix is not null) await _postfix.DisposeAsync();
        if (_server is not null) await _server.DisposeAsync();
        await _theirHop.DisposeAsync();
        await _ourHop.DisposeAsync();
        Directory.Delete(_tables, recursive: true);
    }

    private async Task StartBothAsync(IReadOnlyDictionary<string, string> tables, IReadOnlyDictionary<string, string> parameters)
    {
        foreach (var (name, text) in tables) await File.WriteAllTextAsync(Path.Combine(_tables, name), text);
        File.SetUnixFileMode(_tables, (UnixFileMode)0b111_101_101);
        var common = parameters.Select(p => $"{p.Key} = {p.Value}");
        _postfix = await PostfixInstance.StartAsync(_theirHop.Port, "nobody", "nothing", string.Join('\n', [
            "myhostname = example.test", "mydomain = example.test", "myorigin = example.test", "mydestination = localhost.localdomain",
            "smtp_tls_security_level = none", "smtp_sasl_auth_enable = no", "smtp_destination_concurrency_limit = 5", "smtp_destination_recipient_limit = 1", "smtpd_recipient_restrictions = permit_mynetworks, reject",
            "smtp_connection_cache_on_demand = no", "smtp_connection_cache_destinations =", "smtputf8_enable = yes", .. common]));
        _server = await RunningServer.StartAsync();
        var relay = Path.Combine(_server.Root, "policies", "relay.js");
        await File.WriteAllTextAsync(relay, (await File.ReadAllTextAsync(relay)).Replace("r.permit_sasl_authenticated(),", "r.permit_mynetworks(),\n  r.permit_sasl_authenticated(),", StringComparison.Ordinal));
        var file = Path.Combine(_server.Root, "policymta.toml");
        var lines = (await File.ReadAllLinesAsync(file)).Where(line => line != "[postfixadmin]" && !line.StartsWith("database = ", StringComparison.Ordinal) && !line.StartsWith("virtual_", StringComparison.Ordinal) && !line.StartsWith("smtpd_reject_unlisted", StringComparison.Ordinal) && !line.StartsWith("smtpd_sender_login", StringComparison.Ordinal)).ToList();
        lines.InsertRange(lines.FindIndex(line => line.StartsWith('[')), [$"relayhost = \"[127.0.0.1]:{_ourHop.Port}\"", .. parameters.Select(p => $"{p.Key} = '{p.Value}'")]);
        await File.WriteAllLinesAsync(file, lines);
        var result = await _server.PolicymtaAsync("reload");
        Assert.True(result.ExitCode == 0, result.Errors);
    }

    private static async Task<string> SendAsync(int port, string sender, IReadOnlyList<string> recipients, string content)
    {
        await using var client = await OpenAsync(port);
        await client.ExpectAsync("EHLO localhost", "250");
        await client.ExpectAsync($"MAIL FROM:<{sender}>", "250");
        foreach (var recipient in recipients) await client.ExpectAsync($"RCPT TO:<{recipient}>", "250");
        await client.ExpectAsync("DATA", "354");
        return await client.AskAsync(content + "\r\n.");
    }

    private static async Task<SmtpConnection> OpenAsync(int port)
    {
        for (var patience = 100; ; patience--)
        {
            try { return await SmtpConnection.OpenAsync(port); }
            catch (System.Net.Sockets.SocketException) when (patience > 0) { await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System); }
        }
    }
}
