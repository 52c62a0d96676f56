using System.Text;
using PolicyMTA.Lookups.Http;
using PolicyMTA.Lookups.Tests.Wire;
using PolicyMTA.Lookups.Wire;
using PolicyMTA.Plugins.Tests;
using PolicyMTA.Sdk;

namespace PolicyMTA.Lookups.Tests.Http;

public sealed class HttpTableTests : IDisposable
{
    private readonly PluginBench _bench = new(new HttpPlugin());
    private readonly string _folder = Directory.CreateTempSubdirectory("policymta-http-").FullName;
    private readonly List<string> _requests = [];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("200 OK", """{"data":{"to":"alice@example.test"}}""", "alice@example.test", false)]
    [InlineData("200 OK", """{"data":{"to":["a@example.test","b@example.test"]}}""", "a@example.test,b@example.test", false)]
    [InlineData("200 OK", """{"data":{"to":7}}""", "7", false)]
    [InlineData("200 OK", """{"data":{"to":null}}""", null, false)]
    [InlineData("200 OK", """{"data":{"to":[]}}""", null, false)]
    [InlineData("200 OK", """{"data":{}}""", null, false)]
    [InlineData("200 OK", """{"data":{"to":{"x":1}}}""", null, true)]
    [InlineData("200 OK", """{"data":""", null, true)]
    [InlineData("200 OK", "", null, true)]
    [InlineData("200 OK", "<html>login</html>", null, true)]
    [InlineData("204 No Content", "", null, false)]
    [InlineData("404 Not Found", "nothing", null, false)]
    [InlineData("400 Bad Request", "", null, true)]
    [InlineData("401 Unauthorized", "", null, true)]
    [InlineData("429 Too Many Requests", "", null, true)]
    [InlineData("500 Internal Server Error", """{"data":{"to":"x"}}""", null, true)]
    [InlineData("503 Service Unavailable", "", null, true)]
    public async Task Answers_are_found_none_or_failure(string status, string body, string? value, bool isFailure)
    {
        await using var server = Serve(_ => (status, body));
        await using var table = Open(server, "/users/%s", ("result", "/data/to"));
        var result = await table.FindAsync("key", CancellationToken.None);
        Assert.Equal((value, isFailure), (result.Value, result.IsFailure));
    }

    [Fact]
    public async Task Redirects_are_refused()
    {
        await using var server = Serve(path => path.Contains("/users/", StringComparison.Ordinal) ? ("302 Found\r\nLocation: /other", "") : ("200 OK", "\"stolen\""));
        await using var table = Open(server, "/users/%s");
        Assert.True((await table.FindAsync("key", CancellationToken.None)).IsFailure);
        Assert.Single(_requests);
    }

    [Theory]
    [InlineData("a/../../admin", "/u/a%2F..%2F..%2Fadmin?k=v")]
    [InlineData("x?y=1&k=2#f", "/u/x%3Fy%3D1%26k%3D2%23f?k=v")]
    [InlineData("x HTTP/1.1\r\nHost: evil\r\n\r\n", "/u/x%20HTTP%2F1.1%0D%0AHost%3A%20evil%0D%0A%0D%0A?k=v")]
    [InlineData("%2e%2e", "/u/%252e%252e?k=v")]
    [InlineData("grün@example.test", "/u/gr%C3%BCn%40example.test?k=v")]
    [InlineData("a\0b", "/u/a%00b?k=v")]
    public async Task Hostile_keys_stay_one_segment(string key, string target)
    {
        await using var server = Serve(_ => ("200 OK", "\"yes\""));
        await using var table = Open(server, "/u/%s?k=v");
        Assert.Equal("yes", (await table.FindAsync(key, CancellationToken.None)).Value);
        Assert.Equal($"GET {target} HTTP/1.1", Assert.Single(_requests).Split("\r\n")[0]);
    }

    [Theory]
    [InlineData(".")]
    [InlineData("..")]
    public async Task Keys_that_are_steps_in_a_path_are_not_asked(string key)
    {
        await using var server = Serve(_ => ("200 OK", "\"yes\""));
        await using var table = Open(server, "/u/%s");
        Assert.Equal(LookupResult.None, await table.FindAsync(key, CancellationToken.None));
        Assert.Empty(_requests);
    }

    [Fact]
    public async Task Expansions_method_headers_and_token_are_sent()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "token"), "first\n");
        _bench.Folder = _folder;
        await using var server = Serve(_ => ("200 OK", "\"yes\""));
        await using var table = Open(server, "/%d/%u?tld=%1", ("method", "POST"), ("headers", "X-One: 1; X-Two: 2"), ("token_file", "token"), ("result_format", "%s:%U"));
        Assert.Equal("yes:alice", (await table.FindAsync("alice@example.test", CancellationToken.None)).Value);
        var request = Assert.Single(_requests);
        Assert.StartsWith("POST /example.test/alice?tld=test HTTP/1.1", request);
        Assert.Contains("X-One: 1\r\n", request);
        Assert.Contains("X-Two: 2\r\n", request);
        Assert.Contains("Authorization: Bearer first\r\n", request);
        await File.WriteAllTextAsync(Path.Combine(_folder, "token"), "second");
        await table.FindAsync("alice@example.test", CancellationToken.None);
        Assert.Contains("Authorization: Bearer second\r\n", _requests[^1]);
        Assert.Equal(LookupResult.None, await table.FindAsync("alice", CancellationToken.None));
        Assert.Equal(2, _requests.Count);
    }

    [Theory]
    [InlineData(100, true)]
    [InlineData(101, false)]
    public async Task Answer_has_a_size_limit(int size, bool isTaken)
    {
        await using var server = Serve(_ => ("200 OK", $"\"{new string('x', size - 2)}\""));
        await using var table = Open(server, "/%s", ("size_limit", "100"));
        var result = await table.FindAsync("k", CancellationToken.None);
        Assert.Equal((isTaken, !isTaken), (result.IsFound, result.IsFailure));
    }

    [Fact]
    public async Task Silent_server_is_a_failure_after_the_time_limit()
    {
        var asked = new TaskCompletionSource();
        await using var server = new ScriptedServer(async (stream, end) =>
        {
            await new WireReader(stream).ReadLineAsync(1000, end);
            asked.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, end);
        });
        await using var table = Open(server, "/%s", ("timeout", "3"));
        var waiting = table.FindAsync("k", CancellationToken.None).AsTask();
        await asked.Task.WaitAsync(TimeSpan.FromSeconds(20));
        _bench.Clock.Advance(TimeSpan.FromSeconds(2));
        Assert.False(waiting.IsCompleted);
        _bench.Clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Contains("no answer within 3 s", (await waiting.WaitAsync(TimeSpan.FromSeconds(20))).Failure);
    }

    [Fact]
    public async Task Server_that_goes_and_comes_back_needs_no_new_table()
    {
        var server = Serve(_ => ("200 OK", "\"one\""));
        var port = server.Port;
        await using var table = Open(server, "/%s");
        for (var i = 0; i < 5; i++) Assert.Equal("one", (await table.FindAsync("k", CancellationToken.None)).Value);
        Assert.Equal(1, server.Connections);
        await server.DisposeAsync();
        Assert.True((await table.FindAsync("k", CancellationToken.None)).IsFailure);
        await using var again = Serve(_ => ("200 OK", "\"two\""), port);
        Assert.Equal("two", (await table.FindAsync("k", CancellationToken.None)).Value);
    }

    [Theory]
    [InlineData("""{"a/b":{"m~n":["x","y"]}}""", "/a~1b/m~0n/1", "y")]
    [InlineData("""{"a/b":{"m~n":["x","y"]}}""", "/a~1b/m~0n/2", null)]
    [InlineData("""{"a/b":{"m~n":["x","y"]}}""", "/a~1b/m~0n/01", null)]
    [InlineData("""{"":"empty"}""", "/", "empty")]
    [InlineData("\"whole\"", "", "whole")]
    public async Task Result_is_a_JSON_pointer(string body, string pointer, string? value)
    {
        await using var server = Serve(_ => ("200 OK", body));
        await using var table = Open(server, "/%s", ("result", pointer));
        var result = await table.FindAsync("k", CancellationToken.None);
        Assert.Equal((value, (string?)null), (result.Value, result.Failure));
    }

    [Theory]
    [InlineData("url", "http://server/users", "does not ask for the key")]
    [InlineData("url", "http://%d/users/%s", "behind the server's name")]
    [InlineData("url", "ftp://server/%s", "write http://server/path")]
    [InlineData("url", "http://me:secret@server/%s", "write http://server/path")]
    [InlineData("url", "http://server/%x", "unknown expansion")]
    [InlineData("url", "http://server/'%s'", "quotes")]
    [InlineData("method", "DELETE", "none of GET, POST")]
    [InlineData("headers", "nonsense", "Name: value")]
    [InlineData("headers", "Content-Type: text/plain", "no header field of a request")]
    [InlineData("token_file", "nowhere", "there is no file")]
    [InlineData("result", "data", "begins with a slash")]
    [InlineData("result", "/~2", "a ~ stands before")]
    [InlineData("timeout", "0", "not between 1 and 100")]
    [InlineData("timeout", "101", "not between 1 and 100")]
    [InlineData("uri", "x", "unknown parameter")]
    public void Mistakes_are_told_at_load(string name, string value, string mistake)
    {
        var parameters = new Dictionary<string, string> { ["url"] = "http://127.0.0.1/%s", [name] = value };
        var error = Assert.Throws<ConfigurationException>(() => _bench.Open("http", "users", [.. parameters.Select(p => (p.Key, p.Value))]));
        Assert.Contains(mistake, error.Message);
        Assert.DoesNotContain("secret", error.Message);
    }

    private ILookupTable Open(ScriptedServer server, string path, params (string, string)[] more) =>
        _bench.Open("http", "users", [("url", $"http://127.0.0.1:{server.Port}{path}"), .. more]);

    private ScriptedServer Serve(Func<string, (string Status, string Body)> answer, int port = 0) => new(async (stream, end) =>
    {
        var reader = new WireReader(stream);
        while (await ReadRequestAsync(reader, end) is { } request)
        {
            lock (_requests) _requests.Add(request);
            var (status, body) = answer(request.Split("\r\n")[0]);
            var length = status.StartsWith("204", StringComparison.Ordinal) ? "" : $"Content-Length: {Encoding.UTF8.GetByteCount(body)}\r\n";
            await stream.WriteAsync(Encoding.UTF8.GetBytes($"HTTP/1.1 {status}\r\n{length}\r\n{body}"), end);
        }
    }, port);

    private static async Task<string?> ReadRequestAsync(WireReader reader, CancellationToken end)
    {
        var request = new StringBuilder();
        while (await reader.ReadLineAsync(10_000, end) is { } line)
        {
            if (line == "\r") return request.ToString();
            request.Append(line).Append('\n');
        }
        return null;
    }
}
