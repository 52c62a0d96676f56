using System.Net.Sockets;
using System.Text;
using PolicyMTA.Lookups.Wire;
using PolicyMTA.Plugins.Tests;
using PolicyMTA.Sdk;

namespace PolicyMTA.Lookups.Tests.Wire;

public sealed class WireTableTests
{
    private readonly PluginBench _bench = new(new WirePlugin());

    [Theory]
    [InlineData("OK alice@example.test", "alice@example.test", false)]
    [InlineData("OK two words", "two words", false)]
    [InlineData("OK ", "", false)]
    [InlineData("NOTFOUND ", null, false)]
    [InlineData("NOTFOUND", null, false)]
    [InlineData("TEMP try later", null, true)]
    [InlineData("TIMEOUT slow", null, true)]
    [InlineData("PERM no such map", null, true)]
    [InlineData("OK", null, true)]
    [InlineData("ok x", null, true)]
    [InlineData("", null, true)]
    public async Task Socketmap_replies_mean_what_Postfix_says(string reply, string? value, bool isFailure)
    {
        await using var server = new ScriptedServer((stream, end) => SocketmapAsync(stream, _ => reply, end));
        await using var table = Socketmap(server);
        var result = await table.FindAsync("key", CancellationToken.None);
        Assert.Equal((value, isFailure), (result.Value, result.IsFailure));
    }

    [Theory]
    [InlineData("200 alice%40example.test", "alice@example.test", false)]
    [InlineData("200 two%20words", "two words", false)]
    [InlineData("200 ", "", false)]
    [InlineData("500 not found", null, false)]
    [InlineData("400 try later", null, true)]
    [InlineData("200 %4", null, true)]
    [InlineData("200 %zz", null, true)]
    [InlineData("200", null, true)]
    [InlineData("300 x", null, true)]
    [InlineData("", null, true)]
    public async Task Tcp_replies_mean_what_Postfix_says(string reply, string? value, bool isFailure)
    {
        await using var server = new ScriptedServer((stream, end) => TcpAsync(stream, _ => reply, end));
        await using var table = Tcp(server);
        var result = await table.FindAsync("key", CancellationToken.None);
        Assert.Equal((value, isFailure), (result.Value, result.IsFailure));
    }

    [Theory]
    [InlineData("x\nget secret")]
    [InlineData("x y")]
    [InlineData("100%41")]
    [InlineData("\0\r\t\u007f")]
    [InlineData("grün@example.test")]
    public async Task Hostile_keys_stay_one_key(string key)
    {
        await using var lines = new ScriptedServer((stream, end) => TcpAsync(stream, line => $"200 {line["get ".Length..]}", end));
        await using var tcp = Tcp(lines);
        Assert.Equal(key, (await tcp.FindAsync(key, CancellationToken.None)).Value);
        await using var strings = new ScriptedServer((stream, end) => SocketmapAsync(stream, text => $"OK {text["map ".Length..]}", end));
        await using var socketmap = Socketmap(strings);
        Assert.Equal(key, (await socketmap.FindAsync(key, CancellationToken.None)).Value);
    }

    [Theory]
    [InlineData(SocketmapExchange.LongestQuery - 4, true)]
    [InlineData(SocketmapExchange.LongestQuery - 3, false)]
    public async Task Socketmap_question_has_a_limit(int length, bool isAsked)
    {
        await using var server = new ScriptedServer((stream, end) => SocketmapAsync(stream, _ => "OK yes", end));
        await using var table = Socketmap(server);
        Assert.Equal(isAsked, (await table.FindAsync(new string('k', length), CancellationToken.None)).IsFound);
    }

    [Theory]
    [InlineData(SocketmapExchange.LongestReply - 3, true)]
    [InlineData(SocketmapExchange.LongestReply - 2, false)]
    public async Task Socketmap_reply_has_a_limit(int length, bool isTaken)
    {
        await using var server = new ScriptedServer((stream, end) => SocketmapAsync(stream, _ => "OK " + new string('v', length), end));
        await using var table = Socketmap(server);
        var result = await table.FindAsync("k", CancellationToken.None);
        Assert.Equal((isTaken, !isTaken), (result.IsFound, result.IsFailure));
    }

    [Theory]
    [InlineData(TcpExchange.LongestLine - 5, true)]
    [InlineData(TcpExchange.LongestLine - 4, false)]
    public async Task Tcp_lines_have_a_limit_both_ways(int length, bool fits)
    {
        await using var server = new ScriptedServer((stream, end) => TcpAsync(stream, line => line.Length > 10 ? "200 yes" : "200 " + new string('v', length), end));
        await using var table = Tcp(server);
        var reply = await table.FindAsync("k", CancellationToken.None);
        Assert.Equal((fits, !fits), (reply.IsFound, reply.IsFailure));
        var question = await table.FindAsync(new string('k', length), CancellationToken.None);
        Assert.Equal((fits, !fits), (question.IsFound, question.IsFailure));
    }

    [Fact]
    public async Task Connection_is_kept_and_made_anew_when_the_server_comes_back()
    {
        var server = new ScriptedServer((stream, end) => TcpAsync(stream, _ => "200 one", end));
        var port = server.Port;
        await using var table = Tcp(server);
        for (var i = 0; i < 5; i++) Assert.Equal("one", (await table.FindAsync("k", CancellationToken.None)).Value);
        Assert.Equal(1, server.Connections);
        await server.DisposeAsync();
        Assert.True((await table.FindAsync("k", CancellationToken.None)).IsFailure);
        await using var again = new ScriptedServer((stream, end) => TcpAsync(stream, _ => "200 two", end), port);
        Assert.Equal("two", (await table.FindAsync("k", CancellationToken.None)).Value);
    }

    [Fact]
    public async Task Connection_broken_while_idle_costs_no_failure()
    {
        await using var server = new ScriptedServer(async (stream, end) =>
        {
            await new WireReader(stream).ReadLineAsync(100, end);
            await stream.WriteAsync("200 yes\n"u8.ToArray(), end);
        });
        await using var table = Tcp(server);
        for (var i = 1; i <= 5; i++)
        {
            Assert.Equal("yes", (await table.FindAsync("k", CancellationToken.None)).Value);
            Assert.Equal(i, server.Connections);
        }
    }

    [Fact]
    public async Task Idle_connection_is_closed()
    {
        var closed = new TaskCompletionSource();
        await using var server = new ScriptedServer(async (stream, end) =>
        {
            await TcpAsync(stream, _ => "200 yes", end);
            closed.SetResult();
        });
        await using var table = Tcp(server);
        Assert.True((await table.FindAsync("k", CancellationToken.None)).IsFound);
        _bench.Clock.Advance(TimeSpan.FromSeconds(9));
        Assert.False(closed.Task.IsCompleted);
        _bench.Clock.Advance(WireClient.IdleLimit);
        await closed.Task.WaitAsync(TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task Silent_server_is_a_failure_after_the_time_limit()
    {
        var asked = new TaskCompletionSource();
        await using var server = new ScriptedServer(async (stream, end) =>
        {
            await new WireReader(stream).ReadLineAsync(100, end);
            asked.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, end);
        });
        await using var table = Tcp(server);
        var waiting = table.FindAsync("k", CancellationToken.None).AsTask();
        await asked.Task.WaitAsync(TimeSpan.FromSeconds(20));
        _bench.Clock.Advance(WireClient.TimeLimit - TimeSpan.FromSeconds(1));
        Assert.False(waiting.IsCompleted);
        _bench.Clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Contains("no answer within 100 s", (await waiting.WaitAsync(TimeSpan.FromSeconds(20))).Failure);
    }

    [Fact]
    public async Task Many_ask_at_once_over_a_few_connections_and_each_gets_its_own_answer()
    {
        await using var server = new ScriptedServer((stream, end) => TcpAsync(stream, line => $"200 {line["get ".Length..]}", end));
        await using var table = Tcp(server);
        await Parallel.ForAsync(0, 2000, new ParallelOptions { MaxDegreeOfParallelism = 64 }, async (n, token) => Assert.Equal($"k{n}", (await table.FindAsync($"k{n}", token)).Value));
        Assert.InRange(server.Connections, 1, WireClient.ConnectionLimit);
    }

    [Fact]
    public async Task Reply_nobody_asked_for_is_not_taken_for_the_next_one()
    {
        await using var server = new ScriptedServer((stream, end) => TcpAsync(stream, _ => "500 no\n200 stale", end));
        await using var table = Tcp(server);
        Assert.True((await table.FindAsync("k", CancellationToken.None)).IsFailure);
    }

    [Fact]
    public void Only_whole_keys_are_asked()
    {
        Assert.False(_bench.Open("tcp", "127.0.0.1:1").AcceptsPartialKeys);
        Assert.False(_bench.Open("socketmap", "unix:/nowhere:map").AcceptsPartialKeys);
    }

    [Theory]
    [InlineData("socketmap", "inet:127.0.0.1:10")]
    [InlineData("socketmap", "inet:127.0.0.1:99999:map")]
    [InlineData("socketmap", "inet:127.0.0.1:10:two words")]
    [InlineData("socketmap", "unix::map")]
    [InlineData("socketmap", "127.0.0.1:10:map")]
    [InlineData("tcp", "127.0.0.1")]
    [InlineData("tcp", "127.0.0.1:0")]
    [InlineData("tcp", ":25")]
    public void Mistakes_are_told_at_load(string type, string name) =>
        Assert.Contains($"table {type}:{name}: write {type}:", Assert.Throws<ConfigurationException>(() => _bench.Open(type, name)).Message);

    [Fact]
    public async Task Random_replies_never_throw_nor_are_taken_for_none()
    {
        var random = new Random(20261123);
        var exchanges = new IWireExchange[] { new TcpExchange(), new SocketmapExchange("m") };
        for (var round = 0; round < 20_000; round++)
        {
            var exchange = exchanges[round % 2];
            var octets = RandomReply(random);
            try
            {
                using var stream = new MemoryStream(octets);
                var reply = await exchange.ReadAsync(new WireReader(stream), CancellationToken.None);
                var result = exchange.Parse(reply);
                if (!result.IsFound && !result.IsFailure) Assert.True(reply.StartsWith("500 ", StringComparison.Ordinal) || reply.StartsWith("NOTFOUND", StringComparison.Ordinal), reply);
            }
            catch (Exception error) when (error is InvalidDataException or IOException) { }
        }
    }

    private static byte[] RandomReply(Random random)
    {
        string[] pieces = ["200 ", "400 ", "500 ", "\n", "%4", "%41", "5:", "9:NOTFOUND ", ",", "OK ", "3:OK ,", "TEMP ", "999999999:", "0:,", "x", "\0", " ", "ü"];
        var text = string.Concat(Enumerable.Range(0, random.Next(6)).Select(_ => pieces[random.Next(pieces.Length)]));
        var octets = Encoding.UTF8.GetBytes(text);
        if (octets.Length > 0 && random.Next(3) == 0) octets[random.Next(octets.Length)] = (byte)random.Next(256);
        return octets;
    }

    private ILookupTable Tcp(ScriptedServer server) => _bench.Open("tcp", $"127.0.0.1:{server.Port}");

    private ILookupTable Socketmap(ScriptedServer server) => _bench.Open("socketmap", $"inet:127.0.0.1:{server.Port}:map");

    private static async Task TcpAsync(NetworkStream stream, Func<string, string> reply, CancellationToken end)
    {
        var reader = new WireReader(stream);
        while (await reader.ReadLineAsync(100_000, end) is { } line) await stream.WriteAsync(Encoding.UTF8.GetBytes(reply(line) + "\n"), end);
    }

    private static async Task SocketmapAsync(NetworkStream stream, Func<string, string> reply, CancellationToken end)
    {
        var reader = new WireReader(stream);
        while (await reader.ReadNetstringAsync(100_000, end) is { } text) await stream.WriteAsync(SocketmapExchange.Frame(Encoding.UTF8.GetBytes(reply(text))), end);
    }
}
