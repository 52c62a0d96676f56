using System.Net;
using System.Net.Sockets;
using PolicyMTA.Testing;

namespace PolicyMTA.Receiving.Tests;

/// <summary>What one client may do, and all together: each limit on both sides.</summary>
public sealed class LimitTests
{
    private const string Hello = """
        S: 220 *
        C: EHLO client.example
        S: ...
        """;

    private const string Mail = """
        C: MAIL FROM:<a@client.example>
        S: 250 2.1.0 Ok
        """;

    private static async Task Play(string script, Func<SmtpServiceSettings, SmtpServiceSettings> change, string listener = "smtp", bool trustsLoopback = false)
    {
        await using var server = await ReceivingServer.StartAsync(change, trustsLoopback: trustsLoopback);
        await server.PlayAsync(script, listener);
    }

    private static SmtpServiceSettings Limited(SmtpServiceSettings service, Func<ClientLimits, ClientLimits> change) => service with { Limits = change(service.Limits) };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Connections_at_a_time(bool isTrusted)
    {
        await using var server = await ReceivingServer.StartAsync(s => Limited(s, l => l with { Connections = 1 }), trustsLoopback: isTrusted);
        await using var first = await Dialogue.OpenAsync(server.Receiver.EndPoints["smtp"]);
        await first.PlayAsync("S: 220 *");
        await server.PlayAsync(isTrusted ? "S: 220 *" : """
            S: 421 4.7.0 mx.example.test Error: too many connections from 127.0.0.1
            EOF
            """);
        await first.PlayAsync("""
            C: QUIT
            S: 221 *
            EOF
            """);
        while (server.Receiver.SessionCount > 0) await Task.Yield();
        await server.PlayAsync("S: 220 *");
    }

    [Fact]
    public async Task Connections_per_time_unit()
    {
        await using var server = await ReceivingServer.StartAsync(s => Limited(s, l => l with { ConnectionRate = 2 }));
        await server.PlayAsync("S: 220 *");
        await server.PlayAsync("S: 220 *");
        await server.PlayAsync("S: 421 4.7.0 mx.example.test Error: too many connections from 127.0.0.1");
        await server.AdvanceAsync(TimeSpan.FromSeconds(60));
        await server.PlayAsync("S: 220 *");
    }

    [Fact]
    public Task Messages_per_time_unit() => Play($"""
        {Hello}
        {Mail}
        C: RSET
        S: 250 2.0.0 Ok
        C: MAIL FROM:<a@client.example>
        S: 450 4.7.1 Error: too much mail from 127.0.0.1
        T: 60s
        {Mail}
        """, s => Limited(s, l => l with { MessageRate = 1 }));

    [Fact]
    public Task Recipients_per_time_unit() => Play($"""
        {Hello}
        {Mail}
        C: RCPT TO:<alice@example.test>
        S: 250 2.1.5 Ok
        C: RCPT TO:<bob@example.test>
        S: 450 4.7.1 Error: too many recipients from 127.0.0.1
        T: 60s
        C: RCPT TO:<bob@example.test>
        S: 250 2.1.5 Ok
        """, s => Limited(s, l => l with { RecipientRate = 1 }));

    [Fact]
    public Task Logins_per_time_unit() => Play($"""
        {Hello}
        C: AUTH PLAIN !!!
        S: 535 *
        C: AUTH PLAIN AGFsaWNlQGV4YW1wbGUudGVzdABzZWNyZXQ=
        S: 450 4.7.1 Error: too many AUTH commands from 127.0.0.1
        T: 60s
        C: AUTH PLAIN AGFsaWNlQGV4YW1wbGUudGVzdABzZWNyZXQ=
        S: 235 *
        """, s => Limited(s, l => l with { AuthRate = 1 }), listener: "submissions");

    [Fact]
    public async Task Tls_sessions_per_time_unit()
    {
        await using var server = await ReceivingServer.StartAsync(s => Limited(s, l => l with { TlsRate = 1 }));
        await server.PlayAsync($"""
            {Hello}
            C: STARTTLS
            S: 220 *
            TLS
            """);
        await server.PlayAsync($"""
            {Hello}
            C: STARTTLS
            S: 454 4.7.0 Error: too many new TLS sessions from 127.0.0.1
            T: 60s
            C: STARTTLS
            S: 220 *
            TLS
            """);
    }

    [Fact]
    public Task Trusted_clients_have_no_rates() => Play($"""
        {Hello}
        {Mail}
        C: RSET
        S: 250 *
        {Mail}
        """, s => Limited(s, l => l with { MessageRate = 1 }), trustsLoopback: true);

    [Theory]
    [InlineData(false, "421 4.3.2 All server ports are busy")]
    [InlineData(true, "220 *")]
    public async Task Connections_of_all_clients(bool isTrusted, string greeting)
    {
        await using var server = await ReceivingServer.StartAsync(trustsLoopback: isTrusted, generation: g => g with { ConnectionLimit = 1 });
        await using var first = await Dialogue.OpenAsync(server.Receiver.EndPoints["smtp"]);
        await first.PlayAsync("S: 220 *");
        await server.PlayAsync($"S: {greeting}");
    }

    [Fact]
    public async Task Sessions_that_begin_under_stress_get_short_timeouts()
    {
        await using var server = await ReceivingServer.StartAsync(generation: g => g with
        {
            ConnectionLimit = 3,
            Listeners = g.Listeners.ToDictionary(l => l.Key, l => l.Value with { Stressed = l.Value.Service with { Timeout = TimeSpan.FromSeconds(10) } }),
        });
        await using var first = await Dialogue.OpenAsync(server.Receiver.EndPoints["smtp"]);
        await using var second = await Dialogue.OpenAsync(server.Receiver.EndPoints["smtp"]);
        await first.PlayAsync("S: 220 *");
        await second.PlayAsync("S: 220 *");
        await server.PlayAsync("""
            S: 220 *
            T: 11s
            S: 421 4.4.2 *
            """);
        await first.PlayAsync("""
            C: NOOP
            S: 250 *
            """);
    }

    [Fact]
    public Task Recipients_beyond_the_limit_are_no_errors_until_they_are_too_many() => Play($"""
        {Hello}
        {Mail}
        C: RCPT TO:<alice@example.test>
        S: 250 *
        C: RCPT TO:<bob@example.test>
        S: 452 4.5.3 *
        C: RCPT TO:<bob@example.test>
        S: 452 4.5.3 *
        C: RCPT TO:<bob@example.test>
        S: 452 4.5.3 *
        S: 421 4.7.0 mx.example.test Error: too many errors
        """, s => s with { RecipientLimit = 1, RecipientOvershootLimit = 2, HardErrorLimit = 1 });

    [Theory]
    [InlineData(2, "250 2.0.0 *")]
    [InlineData(1, "552 5.3.4 Error: too many header fields")]
    public Task Header_fields(int limit, string reply) => Play($"""
        {Hello}
        {Mail}
        C: RCPT TO:<alice@example.test>
        S: 250 *
        C: DATA
        S: 354 *
        C! A: 1\r\nB: 2\r\n\r\nC: 3\r\n.\r\n
        S: {reply}
        """, s => s with { HeaderCountLimit = limit });

    [Theory]
    [InlineData(5, "250 2.0.0 *")]
    [InlineData(4, "552 5.3.4 Error: header field too large")]
    public Task Octets_of_a_header_field(int limit, string reply) => Play($"""
        {Hello}
        {Mail}
        C: RCPT TO:<alice@example.test>
        S: 250 *
        C: DATA
        S: 354 *
        C! A: 1\r\n\r\nlonger than any field\r\n.\r\n
        S: {reply}
        """, s => s with { HeaderSizeLimit = limit });

    [Fact]
    public async Task A_command_that_comes_one_byte_at_a_time_ends_with_its_deadline()
    {
        await using var server = await ReceivingServer.StartAsync();
        await using var dialogue = await Dialogue.OpenAsync(server.Receiver.EndPoints["smtp"], server.AdvanceAsync);
        await dialogue.PlayAsync("S: 220 *");
        foreach (var letter in "NOO")
        {
            await dialogue.PlayAsync($"C! {letter}");
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
            await dialogue.PlayAsync("T: 90s");
        }
        await dialogue.PlayAsync("""
            T: 31s
            S: 421 4.4.2 *
            EOF
            """);
    }

    [Theory]
    [InlineData(100_000, true)]
    [InlineData(100, false)]
    public async Task A_message_has_time_as_long_as_it_comes_fast_enough(int octets, bool isTaken)
    {
        await using var server = await ReceivingServer.StartAsync(s => s with { MessageSizeLimit = 0 });
        await using var dialogue = await Dialogue.OpenAsync(server.Receiver.EndPoints["smtp"], server.AdvanceAsync);
        await dialogue.PlayAsync($"""
            {Hello}
            {Mail}
            C: RCPT TO:<alice@example.test>
            S: 250 *
            C: DATA
            S: 354 *
            """);
        for (var i = 0; i < 3; i++)
        {
            await dialogue.PlayAsync($"C! {new string('x', octets)}\\r\\n");
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
            await dialogue.PlayAsync("T: 140s");
        }
        await dialogue.PlayAsync(isTaken ? """
            C! .\r\n
            S: 250 2.0.0 *
            """ : "S: 421 4.4.2 *");
    }

    [Theory]
    [InlineData(GreetAction.Drop, "S: 521 5.5.1 Protocol error")]
    [InlineData(GreetAction.Enforce, """
        S: 220 mx.example.test ESMTP
        C: EHLO client.example
        S: ...
        C: MAIL FROM:<a@client.example>
        S: 250 *
        C: RCPT TO:<alice@example.test>
        S: 550 5.5.1 Protocol error
        """)]
    [InlineData(GreetAction.Ignore, """
        S: 220 mx.example.test ESMTP
        C: NOOP
        S: 250 *
        """)]
    public Task A_client_that_talks_before_it_is_greeted(GreetAction action, string then) => Play($"""
        S: 220-teaser
        C: EHLO early.example
        {then}
        """, s => s with { Greet = new GreetSettings { Wait = TimeSpan.FromSeconds(6), Banner = "teaser", Action = action } });

    [Fact]
    public async Task A_client_that_waited_for_its_greeting_need_not_again()
    {
        await using var server = await ReceivingServer.StartAsync(s => s with { Greet = new GreetSettings { Wait = TimeSpan.FromSeconds(6), Banner = "teaser", TimeToLive = TimeSpan.FromHours(1) } });
        await server.PlayAsync("""
            S: 220-teaser
            T: 7s
            S: 220 mx.example.test ESMTP
            """);
        await server.PlayAsync("S: 220 mx.example.test ESMTP");
        await server.AdvanceAsync(TimeSpan.FromHours(1));
        await server.PlayAsync("S: 220-teaser");
    }

    [Theory]
    [InlineData("\\x16\\x03\\x01\\x02\\x00\\x01\\x00")]
    [InlineData("\\x03\\x00\\x00\\x13\\x0e")]
    [InlineData("\\x00")]
    public Task Bytes_that_are_no_command_get_one_answer_and_the_end(string noise) => Play($"""
        S: 220 *
        C! {noise}
        S: 221 2.7.0 Error: I can break rules, too. Goodbye.
        EOF
        """, s => s);

    [Fact]
    public async Task Bare_newlines_of_excluded_clients_are_line_ends()
    {
        await using var server = await ReceivingServer.StartAsync(s => s with { BareNewline = Smtp.BareNewline.Reject, BareNewlineRejectCode = 521 }, trustsLoopback: true);
        await server.PlayAsync("""
            S: 220 *
            C! NOOP\n
            S: 250 *
            """);
    }

    [Fact]
    public async Task A_client_that_reads_nothing_is_let_go_and_costs_no_memory()
    {
        await using var server = await ReceivingServer.StartAsync();
        using var client = new TcpClient { ReceiveBufferSize = 4096 };
        await client.ConnectAsync((IPEndPoint)server.Receiver.EndPoints["smtp"]);
        var commands = System.Text.Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("RSET\r\n", 10_000)));
        var sending = Task.Run(async () =>
        {
            try
            {
                while (true) await client.GetStream().WriteAsync(commands);
            }
            catch (IOException)
            {
                return;
            }
        });
        while (!sending.IsCompleted)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
            await server.AdvanceAsync(TimeSpan.FromSeconds(30), waits: false);
        }
        while (server.Receiver.SessionCount > 0) await Task.Yield();
    }
}
