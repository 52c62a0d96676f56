using PolicyMTA.Addressing;

namespace PolicyMTA.Receiving.Tests;

public sealed class ProxyTests
{
    private const string FromStranger = @"C! PROXY TCP4 198.51.100.7 192.0.2.25 4711 25\r\n";
    private const string FromNeighbour = @"C! PROXY TCP4 203.0.113.7 192.0.2.25 4711 25\r\n";
    private const string Relay = """
        S: 220 mx.example.test ESMTP
        C: HELO client.example
        S: 250 mx.example.test
        C: MAIL FROM:<a@client.example>
        S: 250 2.1.0 Ok
        C: RCPT TO:<b@elsewhere.example>
        """;

    private static async Task Play(string script, string? networks = null)
    {
        NetworkList? proxies = null;
        if (networks is not null) Assert.True(NetworkList.TryParse([networks], out proxies, out _));
        await using var server = await ReceivingServer.StartAsync(listen: l => l with { Proxy = new ProxySettings { Networks = proxies } });
        await server.PlayAsync(script);
    }

    [Fact]
    public Task The_client_is_whom_the_proxy_names_and_no_other() => Play($"""
        {FromNeighbour}
        {Relay}
        S: 250 2.1.5 Ok
        """);

    [Fact]
    public Task A_stranger_does_not_inherit_the_proxys_trust() => Play($"""
        {FromStranger}
        {Relay}
        S: 554 5.7.1 *
        """);

    [Fact]
    public async Task Somebody_whom_the_proxy_cannot_name_is_a_stranger_but_the_proxy_itself_is_trusted()
    {
        await using var server = await ReceivingServer.StartAsync(trustsLoopback: true, listen: l => l with { Proxy = new ProxySettings() });
        await server.PlayAsync($"C! PROXY UNKNOWN\\r\\n\n{Relay}\nS: 554 5.7.1 *");
        await server.PlayAsync($"C! \\r\\n\\r\\n\\0\\r\\nQUIT\\n\u0020\\0\\0\\0\n{Relay}\nS: 250 2.1.5 Ok");
    }

    [Theory]
    [InlineData(@"C! EHLO client.example\r\n")]
    [InlineData(@"C! PROXY TCP4 203.0.113.7 192.0.2.25 4711\r\n")]
    public Task Whoever_sends_no_header_is_closed_without_a_word(string start) => Play($"""
        {start}
        EOF
        """);

    [Fact]
    public Task A_header_that_takes_longer_than_its_time_closes_the_connection() => Play("""
        C! PROXY TCP4 203.0.
        T: 4s
        T: 2s
        EOF
        """);

    [Fact]
    public Task A_header_may_come_in_pieces_within_its_time() => Play($"""
        C! PROXY TCP4 203.0.
        T: 4s
        C! 113.7 192.0.2.25 4711 25\r\n
        {Relay}
        S: 250 2.1.5 Ok
        """);

    [Fact]
    public Task Only_listed_peers_are_proxies() => Play($"""
        {FromNeighbour}
        EOF
        """, networks: "192.0.2.0/24");

    [Fact]
    public Task A_listed_peer_is_a_proxy() => Play($"""
        {FromNeighbour}
        {Relay}
        S: 250 2.1.5 Ok
        """, networks: "127.0.0.0/8");

    [Fact]
    public Task Who_speaks_right_behind_the_header_speaks_too_early() => Play(@"
        C! PROXY TCP4 198.51.100.7 192.0.2.25 4711 25\r\nEHLO client.example\r\n
        S: 554 5.5.0 Error: SMTP protocol synchronization
        EOF
        ");

    [Fact]
    public async Task The_connection_limit_counts_the_clients_behind_the_proxy()
    {
        await using var server = await ReceivingServer.StartAsync(s => s with { Limits = new ClientLimits { Connections = 1 } }, listen: l => l with { Proxy = new ProxySettings() });
        await using var first = await Testing.Dialogue.OpenAsync(server.Receiver.EndPoints["smtp"]);
        await first.PlayAsync($"{FromStranger}\nS: 220 *");
        await server.PlayAsync($"{FromStranger}\nS: 421 4.7.0 mx.example.test Error: too many connections from 198.51.100.7\nEOF");
        await server.PlayAsync("C! PROXY TCP4 198.51.100.8 192.0.2.25 4711 25\\r\\n\nS: 220 *");
    }

    [Fact]
    public async Task Implicit_tls_begins_behind_the_header_even_in_the_same_packet()
    {
        await using var server = await ReceivingServer.StartAsync(listen: l => l with { Proxy = new ProxySettings() });
        using var socket = new System.Net.Sockets.TcpClient();
        await socket.ConnectAsync((System.Net.IPEndPoint)server.Receiver.EndPoints["submissions"], TestContext.Current.CancellationToken);
        await using var stream = new FirstWritePrefix(socket.GetStream(), "PROXY TCP4 198.51.100.7 192.0.2.25 4711 465\r\n"u8.ToArray());
        await using var tls = new System.Net.Security.SslStream(stream, false, (_, certificate, _, _) => certificate is not null);
        await tls.AuthenticateAsClientAsync("example.test").WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        using var reader = new StreamReader(tls);
        Assert.Equal("220 mx.example.test ESMTP", await reader.ReadLineAsync(TestContext.Current.CancellationToken));
    }
}
