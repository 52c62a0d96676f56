using System.Net.Sockets;
using System.Text;
using PolicyMTA.Composition;
using PolicyMTA.Tests.Generations;

namespace PolicyMTA.Tests.Composition;

/// <summary>Commands that are started for each connection to a socket.</summary>
public sealed class SpawnedListenerTests : IAsyncDisposable
{
    private const string Section = "[services.echo]\ncommand = [\"/bin/sh\", \"-c\", \"while read line; do echo got $line; done\"]\nlisten = \"private/echo\"\n";

    private readonly Site _site = new();
    private MailServer? _server;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
        _site.Dispose();
    }

    [Fact]
    public async Task A_connection_gets_a_process_and_nobody_else_may_connect()
    {
        await StartAsync();
        await using var stream = await ConnectAsync();
        Assert.Equal("got one\n", await AskAsync(stream, "one\n"));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_site.File("private/echo")));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(_site.File("private")));
    }

    [Fact]
    public async Task A_reload_ends_connections_and_the_next_one_has_the_new_command()
    {
        await StartAsync();
        await using var stream = await ConnectAsync();
        Assert.Equal("got one\n", await AskAsync(stream, "one\n"));
        _site.Configure("", Section.Replace("got", "has", StringComparison.Ordinal));
        Assert.Empty((await _server!.ReloadAsync(now: false, Stop)).Errors);
        Assert.Equal("", await ReadAsync(stream));
        await using var next = await ConnectAsync();
        Assert.Equal("has two\n", await AskAsync(next, "two\n"));
    }

    [Fact]
    public async Task A_stopping_server_does_not_wait_for_an_idle_process()
    {
        await StartAsync();
        await using var stream = await ConnectAsync();
        Assert.Equal("got one\n", await AskAsync(stream, "one\n"));
        var server = _server!;
        _server = null;
        await server.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(60), Stop);
    }

    private static async Task<string> AskAsync(NetworkStream stream, string line)
    {
        await stream.WriteAsync(Encoding.UTF8.GetBytes(line), Stop);
        return await ReadAsync(stream);
    }

    private static async Task<string> ReadAsync(NetworkStream stream)
    {
        var text = new StringBuilder();
        var buffer = new byte[100];
        while (!text.ToString().EndsWith('\n'))
        {
            var count = await stream.ReadAsync(buffer, Stop).AsTask().WaitAsync(TimeSpan.FromSeconds(60), Stop);
            if (count == 0) break;
            text.Append(Encoding.UTF8.GetString(buffer, 0, count));
        }
        return text.ToString();
    }

    private async Task StartAsync()
    {
        _site.Configure("", Section);
        var result = await MailServer.StartAsync(_site.Configuration, _site.Options, Stop);
        Assert.Empty(result.Errors);
        _server = result.Server;
    }

    private async Task<NetworkStream> ConnectAsync()
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(_site.File("private/echo")), Stop);
        return new NetworkStream(socket, ownsSocket: true);
    }
}
