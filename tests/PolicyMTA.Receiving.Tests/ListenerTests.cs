using System.Net;
using System.Net.Sockets;
using PolicyMTA.Sdk;
using PolicyMTA.Testing;

namespace PolicyMTA.Receiving.Tests;

public sealed class ListenerTests
{
    private static async Task<(ReceivingServer Server, ListenerSettings Narrow)> StartAsync()
    {
        var server = await ReceivingServer.StartAsync();
        // A port that is ours now; the listener that chose it makes way.
        var port = ((IPEndPoint)server.Receiver.EndPoints["smtp"]).Port;
        var narrow = server.Listener("smtp") with { EndPoint = new IPEndPoint(IPAddress.Loopback, port) };
        await server.Receiver.ApplyAsync([], default);
        await server.Receiver.ApplyAsync([narrow], default);
        return (server, narrow);
    }

    private static ListenerSettings At(ListenerSettings listener, IPAddress address) => listener with { EndPoint = new IPEndPoint(address, ((IPEndPoint)listener.EndPoint).Port) };

    [Fact]
    public async Task A_listener_is_widened_and_narrowed_in_one_step_and_sessions_go_on()
    {
        var (server, narrow) = await StartAsync();
        await using var running = server;
        await using var session = await Dialogue.OpenAsync(server.Receiver.EndPoints["smtp"]);
        await session.PlayAsync("S: 220 *");
        foreach (var wide in new[] { At(narrow, IPAddress.Any), At(narrow, IPAddress.IPv6Any), narrow })
        {
            await server.Receiver.ApplyAsync([wide], default);
            await Dialogue.PlayAsync(narrow.EndPoint, "S: 220 *", _ => Task.CompletedTask);
        }
        await session.PlayAsync("C: NOOP\nS: 250 2.0.0 Ok");
    }

    [Fact]
    public async Task What_was_widened_in_vain_is_as_before()
    {
        var (server, narrow) = await StartAsync();
        await using var running = server;
        await server.Receiver.PrepareAsync([At(narrow, IPAddress.Any)], default);
        await server.Receiver.AbandonAsync();
        await Dialogue.PlayAsync(narrow.EndPoint, "S: 220 *", _ => Task.CompletedTask);
        await Assert.ThrowsAsync<ConfigurationException>(async () => await server.Receiver.ApplyAsync([At(narrow, IPAddress.Any), narrow with { Name = "other", EndPoint = new IPEndPoint(IPAddress.Parse("192.0.2.1"), 25) }], default));
        await Dialogue.PlayAsync(narrow.EndPoint, "S: 220 *", _ => Task.CompletedTask);
    }

    [Fact]
    public async Task Nobody_else_gets_the_port_by_that()
    {
        var (server, narrow) = await StartAsync();
        await using var running = server;
        await server.Receiver.ApplyAsync([At(narrow, IPAddress.Any)], default);
        var (other, _) = await StartAsync();
        await using var second = other;
        await Assert.ThrowsAsync<ConfigurationException>(async () => await other.Receiver.ApplyAsync([At(narrow, IPAddress.Any)], default));
        await Assert.ThrowsAsync<ConfigurationException>(async () => await other.Receiver.ApplyAsync([narrow], default));
    }

    [Fact]
    public async Task A_connection_in_the_instant_of_a_renaming_is_served_by_its_address()
    {
        var (first, narrow) = await StartAsync();
        await first.DisposeAsync();
        await using var server = await ReceivingServer.StartAsync(listen: l => l.Name == "smtp" ? l with { EndPoint = narrow.EndPoint } : l);
        // The generation in force knows the address as smtp; the listener still has its name of before.
        await server.Receiver.ApplyAsync([server.Listener("smtp") with { Name = "before" }], default);
        await Dialogue.PlayAsync(narrow.EndPoint, "S: 220 *", _ => Task.CompletedTask);
    }

    [Fact]
    public async Task A_unix_socket_has_its_mode_and_its_clients_the_trust_that_is_given()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("smtp.sock");
        await using var server = await ReceivingServer.StartAsync(trustsLoopback: true);
        using (var stale = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            stale.Bind(new UnixDomainSocketEndPoint(path));
        }
        var listener = server.Listener("smtp") with { EndPoint = new UnixDomainSocketEndPoint(path), SocketMode = (UnixFileMode)0b110_110_000 };
        await server.Receiver.ApplyAsync([listener], default);
        Assert.Equal((UnixFileMode)0b110_110_000, File.GetUnixFileMode(path));
        await server.Receiver.ApplyAsync([listener with { SocketMode = (UnixFileMode)0b110_000_000 }], default);
        Assert.Equal((UnixFileMode)0b110_000_000, File.GetUnixFileMode(path));
    }

    [Theory]
    [InlineData(false, "554 5.7.1 <b@elsewhere.example>: Relay access denied")]
    [InlineData(true, "250 2.1.5 Ok")]
    public async Task A_client_of_a_unix_socket_is_trusted_only_where_the_listener_says_so(bool trusts, string reply)
    {
        using var folder = new TemporaryFolder();
        var endPoint = new UnixDomainSocketEndPoint(folder.File("smtp.sock"));
        await using var server = await ReceivingServer.StartAsync(trustsLoopback: true, listen: l => l.Name == "smtp" ? l with { EndPoint = endPoint, TrustsUnixClients = trusts } : l);
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(endPoint, TestContext.Current.CancellationToken);
        await using var stream = new NetworkStream(socket);
        using var reader = new StreamReader(stream);
        var last = await reader.ReadLineAsync(TestContext.Current.CancellationToken);
        foreach (var command in new[] { "HELO x.example", "MAIL FROM:<a@client.example>", "RCPT TO:<b@elsewhere.example>" })
        {
            await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes(command + "\r\n"), TestContext.Current.CancellationToken);
            last = await reader.ReadLineAsync(TestContext.Current.CancellationToken);
        }
        Assert.Equal(reply, last);
    }
}
