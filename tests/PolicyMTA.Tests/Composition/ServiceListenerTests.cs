using System.Net;
using System.Net.Sockets;
using System.Text;
using PolicyMTA.Composition;
using PolicyMTA.Configuration;
using PolicyMTA.Tests.Generations;

namespace PolicyMTA.Tests.Composition;

/// <summary>Listeners that speak another protocol.</summary>
public sealed class ServiceListenerTests : IAsyncDisposable
{
    private const string Socketmap = "[listeners.maps]\naddress = \"127.0.0.1:0\"\nservice = \"socketmap:users=texthash:users\"\n";

    private readonly Site _site = new();
    private MailServer? _server;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Another_program_asks_our_tables_and_a_reload_lets_it_ask_the_new_ones()
    {
        _site.Configure("mynetworks = \"127.0.0.0/8\"", Socketmap);
        await StartAsync();
        using var client = await ConnectAsync();
        await AskAsync(client, "6:OK one,");
        await AskAsync(client, "6:OK one,");
        _site.Write("users", "alice@example.test two\n");
        _site.Configure("mynetworks = \"127.0.0.0/8\"\nsmtpd_banner = \"$myhostname changed\"", Socketmap);
        Assert.Empty((await _server!.ReloadAsync(now: false, Stop)).Errors);
        // The old connection ends, so that no generation lives as long as somebody's connection.
        Assert.Equal(0, await client.GetStream().ReadAsync(new byte[1], Stop).AsTask().WaitAsync(TimeSpan.FromSeconds(20), Stop));
        using var again = await ConnectAsync();
        await AskAsync(again, "6:OK two,");
    }

    [Fact]
    public async Task Who_is_not_of_mynetworks_hears_nothing()
    {
        _site.Configure("mynetworks = \"192.0.2.0/24\"", Socketmap);
        await StartAsync();
        using var client = await ConnectAsync();
        Assert.Equal(0, await client.GetStream().ReadAsync(new byte[1], Stop).AsTask().WaitAsync(TimeSpan.FromSeconds(20), Stop));
    }

    [Fact]
    public async Task A_unix_socket_is_open_to_whom_its_mode_lets_in()
    {
        var path = _site.File("maps.sock");
        _site.Configure("mynetworks = \"192.0.2.0/24\"", Socketmap.Replace("127.0.0.1:0", $"unix:{path}", StringComparison.Ordinal) + "mode = \"0600\"\n");
        await StartAsync();
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), Stop);
        await using var stream = new NetworkStream(socket);
        await AskAsync(stream, "6:OK one,");
    }

    [Fact]
    public async Task A_stopping_server_does_not_wait_for_an_idle_connection()
    {
        _site.Configure("mynetworks = \"127.0.0.0/8\"", Socketmap);
        await StartAsync();
        using var client = await ConnectAsync();
        var server = _server!;
        _server = null;
        await server.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20), Stop);
    }

    [Theory]
    [InlineData("service = \"sokcetmap:users\"", "there is no service 'sokcetmap'; did you mean 'socketmap'?")]
    [InlineData("service = \"socketmap\"", "the service 'socketmap' needs the names of its tables")]
    [InlineData("service = \"socketmap:nobody\"", "there is no section [tables.nobody]")]
    [InlineData("service = \"socketmap:x=sqltie:y\"", "sqltie")]
    public async Task A_service_that_can_not_be_is_an_error(string lines, string message)
    {
        _site.Configure("", $"[listeners.maps]\naddress = \"127.0.0.1:0\"\n{lines}\n");
        var result = await MailServer.StartAsync(_site.Configuration, _site.Options, Stop);
        Assert.Contains(result.Errors, error => error.Message.Contains(message, StringComparison.Ordinal) && error.Line > 0);
    }

    [Theory]
    [InlineData("tls = \"none\"")]
    [InlineData("protocol = \"smtp\"")]
    [InlineData("policies = \"maps\"")]
    public void What_means_nothing_there_is_an_error(string line)
    {
        _site.Configure("", Socketmap + line + "\n");
        var error = Assert.Single(ConfigurationLoader.Load(_site.File("policymta.toml")).Errors);
        Assert.Equal($"'{line.Split(' ')[0]}' means nothing for a listener with a service", error.Message);
        Assert.True(error.Line > 0);
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
        _site.Dispose();
    }

    private static Task AskAsync(TcpClient client, string reply) => AskAsync(client.GetStream(), reply);

    private static async Task AskAsync(Stream stream, string reply)
    {
        await stream.WriteAsync("24:users alice@example.test,"u8.ToArray(), Stop);
        var bytes = new byte[reply.Length];
        await stream.ReadExactlyAsync(bytes, Stop).AsTask().WaitAsync(TimeSpan.FromSeconds(20), Stop);
        Assert.Equal(reply, Encoding.ASCII.GetString(bytes));
    }

    private async Task StartAsync()
    {
        _site.Write("users", "alice@example.test one\n");
        var result = await MailServer.StartAsync(_site.Configuration, _site.Options, Stop);
        Assert.Empty(result.Errors);
        _server = result.Server;
    }

    private async Task<TcpClient> ConnectAsync()
    {
        var client = new TcpClient();
        await client.ConnectAsync((IPEndPoint)_server!.Endpoints.Single(endpoint => endpoint.Name == "maps").Address, Stop);
        return client;
    }
}
