using System.IO.Pipelines;
using System.Text;
using PolicyMTA.Lookups.Tests.Text;
using PolicyMTA.Lookups.Wire;
using PolicyMTA.Plugins.Tests;
using PolicyMTA.Sdk;

namespace PolicyMTA.Lookups.Tests.Wire;

/// <summary>Our tables asked by other programs: by our own clients, and by Postfix.</summary>
public sealed class TableServerTests : IDisposable
{
    private readonly PluginBench _bench = new(new WirePlugin());
    private readonly string _folder = Directory.CreateTempSubdirectory("tableserver-").FullName;

    public TableServerTests() => _bench.OpenTables["users"] = new Answers(new()
    {
        ["alice@example.test"] = "example.test/alice/", ["two words"] = "a b%c", ["grün@example.test"] = "ü", ["empty"] = "", ["long"] = new string('v', SocketmapExchange.LongestReply), ["lines"] = "one\ntwo",
    });

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("alice@example.test", "example.test/alice/", false)]
    [InlineData("Alice@EXAMPLE.test", "example.test/alice/", false)]
    [InlineData("two words", "a b%c", false)]
    [InlineData("grün@example.test", "ü", false)]
    [InlineData("empty", "", false)]
    [InlineData("nobody", null, false)]
    [InlineData("broken", null, true)]
    [InlineData("throws", null, true)]
    [InlineData("long", null, true)]
    public async Task Both_protocols_say_what_the_table_says(string key, string? value, bool isFailure)
    {
        foreach (var (service, type, name) in ((string, string, string)[])[("socketmap:users", "socketmap", "inet:127.0.0.1:{0}:users"), ("tcp_table:users", "tcp", "127.0.0.1:{0}")])
        {
            await using var server = Serve(service);
            await using var table = _bench.Open(type, string.Format(null, name, server.Port));
            for (var i = 0; i < 2; i++)
            {
                var result = await table.FindAsync(key, CancellationToken.None);
                Assert.Equal((value, isFailure), (result.Value, result.IsFailure));
            }
            Assert.Equal(1, server.Connections);
        }
    }

    [Fact]
    public async Task A_value_keeps_its_line_ends_on_either_wire()
    {
        await using var server = Serve("tcp_table:users");
        await using var table = _bench.Open("tcp", $"127.0.0.1:{server.Port}");
        Assert.Equal("one\ntwo", (await table.FindAsync("lines", CancellationToken.None)).Value);
    }

    [Theory]
    [InlineData("15:others a@b.test,", "48:PERM there is no table of that name here,")]
    [InlineData("5:users,", "PERM a question is: name, space, key,")]
    [InlineData("0:,", "PERM a question is: name, space, key,")]
    public async Task A_table_that_is_not_served_and_half_a_question_are_told(string question, string reply)
    {
        var said = await TalkAsync("socketmap:users", question);
        Assert.EndsWith(reply[(reply.IndexOf(':', StringComparison.Ordinal) is 2 ? 3 : 0)..], said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("put a b\n", "400 a question is: get KEY\n")]
    [InlineData("get %zz\n", "400 a question is: get KEY\n")]
    [InlineData("get\n", "400 a question is: get KEY\n")]
    [InlineData("get nobody\r\n", "500 not found\n")]
    [InlineData("get empty\nget nobody\n", "200 \n500 not found\n")]
    public async Task A_line_that_is_no_question_is_told(string question, string reply) => Assert.Equal(reply, await TalkAsync("tcp_table:users", question));

    [Theory]
    [InlineData("socketmap:users", "99999999999:x")]
    [InlineData("socketmap:users", "10001:")]
    [InlineData("socketmap:users", "3:abcd")]
    [InlineData("socketmap:users", "hello\r\n")]
    public async Task What_is_no_netstring_ends_the_connection(string service, string sent) => await Assert.ThrowsAsync<InvalidDataException>(() => TalkAsync(service, sent));

    [Fact]
    public async Task A_line_has_a_limit_on_both_sides()
    {
        Assert.Equal("500 not found\n", await TalkAsync("tcp_table:users", $"get {new string('k', TcpExchange.LongestLine - 5)}\n"));
        await Assert.ThrowsAsync<InvalidDataException>(() => TalkAsync("tcp_table:users", $"get {new string('k', TcpExchange.LongestLine - 4)}\n"));
    }

    [Fact]
    public async Task Garbage_never_hangs_and_never_throws_anything_else()
    {
        var random = new Random(7);
        for (var round = 0; round < 2000; round++)
        {
            var bytes = new byte[random.Next(40)];
            for (var i = 0; i < bytes.Length; i++) bytes[i] = (byte)(random.Next(3) == 0 ? random.Next(256) : "0123456789:, get\n%users"[random.Next(23)]);
            try
            {
                await TalkAsync(round % 2 == 0 ? "socketmap:users" : "tcp_table:users", Encoding.Latin1.GetString(bytes));
            }
            catch (InvalidDataException) { }
        }
    }

    [Fact]
    public async Task An_idle_connection_is_closed_and_a_busy_server_ends_between_questions()
    {
        var service = _bench.Service("tcp_table:users");
        var (pipe, ours) = Pipes();
        var serving = service.ServeAsync(pipe, CancellationToken.None).AsTask();
        _bench.Clock.Advance(TimeSpan.FromMinutes(5) - TimeSpan.FromSeconds(1));
        await ours.Output.WriteAsync("get empty\n"u8.ToArray());
        Assert.Equal("200 \n", Encoding.ASCII.GetString((await ours.Input.ReadAtLeastAsync(5)).Buffer.FirstSpan));
        Assert.False(serving.IsCompleted);
        while (!serving.IsCompleted)
        {
            _bench.Clock.Advance(TimeSpan.FromMinutes(1));
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
        }
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => serving);

        using var ending = new CancellationTokenSource();
        var second = service.ServeAsync(Pipes().Theirs, ending.Token).AsTask();
        await ending.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
    }

    [Theory]
    [InlineData("socketmap")]
    [InlineData("socketmap:")]
    [InlineData("socketmap: , ")]
    [InlineData("tcp_table")]
    [InlineData("tcp_table:")]
    public void A_service_without_tables_is_an_error(string service) => Assert.Contains("needs the name", Assert.Throws<ConfigurationException>(() => _bench.Service(service)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("socketmap:a=users,a=users", "two tables of the name 'a'")]
    [InlineData("socketmap:users,users", "two tables of the name 'users'")]
    [InlineData("socketmap:=users", "gives no name")]
    public void Names_of_tables_are_names_and_there_once(string service, string message) => Assert.Contains(message, Assert.Throws<ConfigurationException>(() => _bench.Service(service)).Message, StringComparison.Ordinal);

    [Fact]
    public async Task A_real_Postfix_asks_our_tables()
    {
        var postmap = RealPostmap.Require(_folder);
        await using var socketmap = Serve("socketmap:users");
        await using var tcp = Serve("tcp_table:users");
        string[] keys = ["alice@example.test", "two words", "nobody@example.test", "grün@example.test"];
        foreach (var table in (string[])[$"socketmap:inet:127.0.0.1:{socketmap.Port}:users", $"tcp:127.0.0.1:{tcp.Port}"])
        {
            var found = await postmap.AskAsync(table, keys);
            Assert.Equal(["alice@example.test example.test/alice/", "grün@example.test ü", "two words a b%c"], found.Select(pair => $"{pair.Key} {pair.Value}").Order(StringComparer.Ordinal));
        }
    }

    private ScriptedServer Serve(string service)
    {
        var served = _bench.Service(service);
        return new ScriptedServer((stream, end) => served.ServeAsync(new StreamPipe(PipeReader.Create(stream), PipeWriter.Create(stream)), end).AsTask());
    }

    private async Task<string> TalkAsync(string service, string sent)
    {
        var (theirs, ours) = Pipes();
        await ours.Output.WriteAsync(Encoding.Latin1.GetBytes(sent));
        await ours.Output.CompleteAsync();
        await _bench.Service(service).ServeAsync(theirs, CancellationToken.None).AsTask().WaitAsync(TimeSpan.FromSeconds(20));
        await theirs.Output.CompleteAsync();
        using var reader = new StreamReader(ours.Input.AsStream(), Encoding.Latin1);
        return await reader.ReadToEndAsync();
    }

    private static (IDuplexPipe Theirs, IDuplexPipe Ours) Pipes()
    {
        var (there, back) = (new Pipe(), new Pipe());
        return (new StreamPipe(there.Reader, back.Writer), new StreamPipe(back.Reader, there.Writer));
    }

    private sealed record StreamPipe(PipeReader Input, PipeWriter Output) : IDuplexPipe;

    private sealed class Answers(Dictionary<string, string> values) : ILookupTable
    {
        public ValueTask<LookupResult> FindAsync(string key, CancellationToken cancellationToken) => key switch
        {
            "broken" => new(LookupResult.Failed("down")),
            "throws" => throw new InvalidOperationException("at once"),
            _ => new(values.TryGetValue(key, out var value) ? LookupResult.Found(value) : LookupResult.None),
        };

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
