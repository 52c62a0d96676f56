using System.Globalization;
using System.Net;
using PolicyMTA.EndToEnd.Peers;

namespace PolicyMTA.EndToEnd;

/// <summary>Tables that a server of their own answers. It is killed and started again while sessions run: failures defer, and nothing is restarted.</summary>
public sealed class ServedTablesTests : IAsyncLifetime
{
    /// <summary>What Postfix's access checks say where a table gives no answer.</summary>
    private const string Unanswered = "451 4.3.5";

    private const string TcpServer = """
        import socketserver, sys
        class Talk(socketserver.StreamRequestHandler):
            def handle(self):
                for line in self.rfile:
                    self.wfile.write(b'200 554%205.7.1%20not%20you\n' if line == b'get evil@client.example\n' else b'500 none\n')
        socketserver.ThreadingTCPServer.allow_reuse_address = True
        socketserver.ThreadingTCPServer(('127.0.0.1', int(sys.argv[1])), Talk).serve_forever()
        """;

    private const string SocketmapServer = """
        import socketserver, sys
        class Talk(socketserver.StreamRequestHandler):
            def handle(self):
                while True:
                    size = b''
                    while not size.endswith(b':'):
                        byte = self.rfile.read(1)
                        if not byte: return
                        size += byte
                    query = self.rfile.read(int(size[:-1]) + 1)[:-1]
                    reply = b'OK 554 5.7.1 not you' if query == b'senders evil@client.example' else b'NOTFOUND '
                    self.wfile.write(b'%d:%s,' % (len(reply), reply))
        socketserver.ThreadingTCPServer.allow_reuse_address = True
        socketserver.ThreadingTCPServer(('127.0.0.1', int(sys.argv[1])), Talk).serve_forever()
        """;

    private readonly int _port = RunningServer.FreePorts(1)[0];
    private RunningServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await RunningServer.StartAsync();

    public async ValueTask DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
    }

    [Fact]
    public Task Tcp_server_may_be_killed_and_started_again() => SurvivesAsync("", $"tcp:127.0.0.1:{_port}", () => StartPythonAsync(TcpServer));

    [Fact]
    public Task Socketmap_server_may_be_killed_and_started_again() => SurvivesAsync("", $"socketmap:inet:127.0.0.1:{_port}:senders", () => StartPythonAsync(SocketmapServer));

    [Fact]
    public Task Web_server_may_be_killed_and_started_again() => SurvivesAsync(
        $"\n[tables.senders]\ntype = \"http\"\nurl = \"http://127.0.0.1:{_port}/%s\"\nresult = \"/action\"\n", "senders", async () =>
        {
            Command.Require("python3");
            var folder = Directory.CreateTempSubdirectory("policymta-http-").FullName;
            await File.WriteAllTextAsync(Path.Combine(folder, "evil@client.example"), """{"action":"554 5.7.1 not you"}""");
            return await Daemon.StartAsync(folder, Place, "python3", ["-m", "http.server", "--bind", "127.0.0.1", Port]);
        });

    [Fact]
    public Task Redis_may_be_killed_and_started_again() => SurvivesAsync(
        $"\n[tables.senders]\ntype = \"redis\"\nserver = \"127.0.0.1:{_port}\"\nkey_format = \"access:%s\"\n", "senders", async () =>
        {
            Command.Require("redis-server", "redis-cli");
            var folder = Directory.CreateTempSubdirectory("policymta-redis-").FullName;
            var redis = await Daemon.StartAsync(folder, Place, "redis-server", ["--port", Port, "--bind", "127.0.0.1", "--dir", folder, "--save", ""]);
            Assert.Equal(0, (await Command.RunAsync("redis-cli", ["-p", Port, "set", "access:evil@client.example", "554 5.7.1 not you"])).ExitCode);
            return redis;
        });

    private string Port => _port.ToString(CultureInfo.InvariantCulture);

    private IPEndPoint Place => new(IPAddress.Loopback, _port);

    private async Task SurvivesAsync(string section, string table, Func<Task<Daemon>> start)
    {
        await File.AppendAllTextAsync(Path.Combine(_server.Root, "policymta.toml"), section);
        await using (await start())
        {
            await File.WriteAllTextAsync(Path.Combine(_server.Root, "policies", "sender.js"), $"import {{ restrictions as r }} from 'policymta';\nexport default [r.check_sender_access('{table}')];\n");
            var reload = await _server.PolicymtaAsync("reload");
            Assert.True(reload.ExitCode == 0, reload.Errors);
            Assert.StartsWith("554 5.7.1", await TryAsync("evil@client.example"), StringComparison.Ordinal);
            Assert.StartsWith("250", await TryAsync("good@client.example"), StringComparison.Ordinal);
        }
        foreach (var sender in new[] { "evil@client.example", "good@client.example" }) Assert.StartsWith(Unanswered, await TryAsync(sender), StringComparison.Ordinal);
        await using (await start())
        {
            string reply;
            for (var patience = 100; (reply = await TryAsync("evil@client.example")).StartsWith(Unanswered, StringComparison.Ordinal) && patience > 0; patience--)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
            }
            Assert.StartsWith("554 5.7.1", reply, StringComparison.Ordinal);
            Assert.StartsWith("250", await TryAsync("good@client.example"), StringComparison.Ordinal);
        }
    }

    private async Task<string> TryAsync(string sender)
    {
        await using var connection = await SmtpConnection.OpenAsync(_server.Smtp);
        await connection.ExpectAsync("EHLO client.example", "250");
        await connection.ExpectAsync($"MAIL FROM:<{sender}>", "250");
        return await connection.AskAsync("RCPT TO:<alice@example.test>");
    }

    private async Task<Daemon> StartPythonAsync(string program)
    {
        Command.Require("python3");
        var folder = Directory.CreateTempSubdirectory("policymta-tables-").FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "server.py"), program);
        return await Daemon.StartAsync(folder, Place, "python3", ["server.py", Port]);
    }
}
