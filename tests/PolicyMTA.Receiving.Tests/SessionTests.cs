using PolicyMTA.Smtp;

namespace PolicyMTA.Receiving.Tests;

public sealed class SessionTests
{
    private const string Hello = """
        S: 220 mx.example.test ESMTP
        C: EHLO client.example
        S: 250-mx.example.test
        S: ...
        """;

    private static async Task Play(string script, Func<SmtpServiceSettings, SmtpServiceSettings>? change = null, string listener = "smtp",
        Dictionary<string, string>? policies = null, bool trustsLoopback = false, bool delaysReject = true)
    {
        await using var server = await ReceivingServer.StartAsync(change, policies, trustsLoopback, delaysReject);
        await server.PlayAsync(script, listener);
    }

    [Fact]
    public Task The_greeting_offers_what_the_guide_offers_in_its_order() => Play("""
        S: 220 mx.example.test ESMTP
        C: EHLO client.example
        S: 250-mx.example.test
        S: 250-PIPELINING
        S: 250-SIZE 20000
        S: 250-ETRN
        S: 250-STARTTLS
        S: 250-ENHANCEDSTATUSCODES
        S: 250-8BITMIME
        S: 250-DSN
        S: 250-SMTPUTF8
        S: 250 CHUNKING
        C: QUIT
        S: 221 2.0.0 Bye
        EOF
        """);

    [Fact]
    public Task Under_tls_logins_are_offered_in_the_place_of_starttls() => Play($"""
        {Hello}
        C: STARTTLS
        S: 220 2.0.0 Ready to start TLS
        TLS
        C: MAIL FROM:<a@client.example>
        S: 503 5.5.1 Error: send HELO/EHLO first
        C: EHLO client.example
        S: 250-mx.example.test
        S: 250-PIPELINING
        S: 250-SIZE 20000
        S: 250-ETRN
        S: 250-AUTH PLAIN LOGIN
        S: 250-ENHANCEDSTATUSCODES
        S: 250-8BITMIME
        S: 250-DSN
        S: 250-SMTPUTF8
        S: 250 CHUNKING
        C: STARTTLS
        S: 554 5.5.1 Error: TLS already active
        """);

    [Fact]
    public Task Implicit_tls_shakes_hands_before_the_greeting() => Play($"""
        {Hello}
        C: AUTH PLAIN AGFsaWNlQGV4YW1wbGUudGVzdABzZWNyZXQ=
        S: 235 2.7.0 Authentication successful
        C: MAIL FROM:<alice@example.test>
        S: 250 2.1.0 Ok
        C: RCPT TO:<b@elsewhere.example>
        S: 250 2.1.5 Ok
        """, listener: "submissions");

    [Fact]
    public Task Commands_sent_along_with_starttls_are_never_obeyed() => Play($"""
        {Hello}
        C! STARTTLS\r\nEHLO injected.example\r\n
        S: 220 2.0.0 Ready to start TLS
        TLS
        C: MAIL FROM:<a@client.example>
        S: 503 5.5.1 Error: send HELO/EHLO first
        """);

    [Fact]
    public Task A_login_is_refused_in_plain_text() => Play($"""
        {Hello}
        C: AUTH PLAIN AGFsaWNlQGV4YW1wbGUudGVzdABzZWNyZXQ=
        S: 503 5.5.1 Error: authentication not enabled
        """);

    [Fact]
    public Task A_wrong_password_waits_for_its_reply() => Play($"""
        {Hello}
        C: AUTH PLAIN
        S: 334 *
        C: AGFsaWNlQGV4YW1wbGUudGVzdAB3cm9uZw==
        S: 535 5.7.8 Error: authentication failed: (reason unavailable)
        C: AUTH PLAIN !!!
        S: 535 5.7.8 Error: authentication failed: Invalid base64 data in initial response
        C: AUTH PLAIN
        S: 334 *
        C: *
        S: 501 5.7.0 Authentication aborted
        C: AUTH CRAM-MD5
        S: 535 5.7.8 Error: authentication failed: Invalid authentication mechanism: 'CRAM-MD5'
        """, s => s with { AuthFailureDelay = TimeSpan.Zero }, listener: "submissions");

    [Fact]
    public Task Everybody_may_write_to_the_postmaster_without_a_domain_whatever_the_lists_say() => Play($"""
        {Hello}
        C: MAIL FROM:<a@client.example>
        S: 250 2.1.0 Ok
        C: RCPT TO:<Postmaster>
        S: 250 2.1.5 Ok
        C: RCPT TO:<postmaster@elsewhere.example>
        S: 554 5.7.1 *
        """, policies: new(Rules.Default) { ["client.js"] = "import { restrictions as r } from 'policymta'; export default [r.reject()];" });

    [Fact]
    public Task Idle_commands_count_as_errors_once_one_more_than_the_limit_came() => Play($"""
        {Hello}
        C: NOOP
        S: 250 2.0.0 Ok
        C: RSET
        S: 250 2.0.0 Ok
        C: NOOP
        S: 250 2.0.0 Ok
        C: NOOP
        S: 250 2.0.0 Ok
        S: 421 4.7.0 mx.example.test Error: too many errors
        EOF
        """, s => s with { JunkCommandLimit = 2, HardErrorLimit = 2 });

    [Fact]
    public Task An_announced_size_is_held_against_the_limit_alone() => Play($"""
        {Hello}
        C: MAIL FROM:<a@client.example> SIZE=99999999999999
        S: 250 2.1.0 Ok
        """, s => s with { MessageSizeLimit = 0 });

    [Fact]
    public Task Stranger_may_not_relay() => Play($"""
        {Hello}
        C: MAIL FROM:<a@client.example>
        S: 250 2.1.0 Ok
        C: RCPT TO:<b@elsewhere.example>
        S: 554 5.7.1 <b@elsewhere.example>: Relay access denied
        C: RCPT TO:<nobody@example.test>
        S: 550 5.1.1 <nobody@example.test>: Recipient address rejected: User unknown in virtual mailbox table
        C: DATA
        S: 554 5.5.1 Error: no valid recipients
        """);

    [Fact]
    public Task Commands_out_of_order_are_refused() => Play("""
        S: 220 *
        C: MAIL FROM:<a@client.example>
        S: 503 5.5.1 Error: send HELO/EHLO first
        C: RCPT TO:<alice@example.test>
        S: 503 5.5.1 Error: need MAIL command
        C: DATA
        S: 503 5.5.1 Error: need RCPT command
        C: EHLO client.example
        S: ...
        C: MAIL FROM:<a@client.example>
        S: 250 2.1.0 Ok
        C: MAIL FROM:<a@client.example>
        S: 503 5.5.1 Error: nested MAIL command
        C: RSET
        S: 250 2.0.0 Ok
        C: MAIL FROM:<a@client.example>
        S: 250 2.1.0 Ok
        C: ETRN example.test
        S: 503 Error: MAIL transaction in progress
        C: VRFY alice
        S: 502 5.5.1 VRFY command is disabled
        """);

    [Fact]
    public Task Etrn_is_answered_459_for_a_domain_that_is_not_served() => Play($"""
        {Hello}
        C: ETRN example.test
        S: 459 <example.test>: service unavailable
        """);

    [Fact]
    public Task A_size_beyond_the_limit_is_refused_until_RSET() => Play($"""
        {Hello}
        C: MAIL FROM:<a@client.example> SIZE=20001
        S: 552 5.3.4 Message size exceeds fixed limit
        C: MAIL FROM:<a@client.example>
        S: 552 5.3.4 Message size exceeds fixed limit
        C: RSET
        S: 250 2.0.0 Ok
        C: MAIL FROM:<a@client.example> SIZE=20000
        S: 250 2.1.0 Ok
        """);

    [Fact]
    public Task Pipelining_before_the_greeting_ends_the_session() => Play("""
        S: 220 *
        C! EHLO client.example\r\nNOOP\r\n
        S: 554 5.5.0 Error: SMTP protocol synchronization
        EOF
        """);

    [Fact]
    public Task Too_many_errors_end_the_session() => Play($"""
        {Hello}
        C: WHAT
        S: 500 5.5.2 *
        C: WHAT
        S: 500 5.5.2 *
        S: 421 4.7.0 mx.example.test Error: too many errors
        EOF
        """, s => s with { HardErrorLimit = 2 });

    [Fact]
    public Task One_error_less_than_the_limit_is_forgiven() => Play($"""
        {Hello}
        C: WHAT
        S: 500 5.5.2 *
        C: NOOP
        S: 250 2.0.0 Ok
        """, s => s with { HardErrorLimit = 2 });

    [Fact]
    public Task A_silent_client_is_sent_away() => Play($"""
        {Hello}
        T: 301s
        S: 421 4.4.2 mx.example.test Error: timeout exceeded
        EOF
        """);

    [Fact]
    public Task A_client_that_is_silent_for_less_may_go_on() => Play($"""
        {Hello}
        T: 299s
        C: NOOP
        S: 250 2.0.0 Ok
        """);

    [Fact]
    public Task Recipients_beyond_the_limit_are_asked_to_come_again() => Play($"""
        {Hello}
        C: MAIL FROM:<a@client.example>
        S: 250 2.1.0 Ok
        C: RCPT TO:<alice@example.test>
        S: 250 2.1.5 Ok
        C: RCPT TO:<bob@example.test>
        S: 452 4.5.3 Error: too many recipients
        """, s => s with { RecipientLimit = 1 });

    [Fact]
    public Task Where_tls_is_required_nothing_comes_before_it() => Play($"""
        {Hello}
        C: MAIL FROM:<a@client.example>
        S: 530 5.7.0 Must issue a STARTTLS command first
        C: NOOP
        S: 250 2.0.0 Ok
        """, s => s with { TlsRequired = true });

    [Fact]
    public Task Soft_bounce_softens_every_refusal() => Play($"""
        {Hello}
        C: MAIL FROM:<a@client.example>
        S: 250 2.1.0 Ok
        C: RCPT TO:<b@elsewhere.example>
        S: 454 4.7.1 <b@elsewhere.example>: Relay access denied
        C: WHAT
        S: 400 4.5.2 *
        """, s => s with { SoftBounce = true });

    [Fact]
    public Task Without_delay_a_refused_client_is_told_at_once() => Play("""
        S: 554 5.7.1 <unknown[127.0.0.1]>: Client host rejected: Access denied
        C: EHLO client.example
        S: 503 5.7.0 Error: access denied for unknown[127.0.0.1]
        C: QUIT
        S: 221 2.0.0 Bye
        """, policies: new(Rules.Default) { ["client.js"] = "import { restrictions as r } from 'policymta'; export default [r.reject()];" }, delaysReject: false);

    [Fact]
    public Task With_delay_a_refused_client_is_told_at_its_recipient() => Play($"""
        {Hello}
        C: MAIL FROM:<a@client.example>
        S: 250 2.1.0 Ok
        C: RCPT TO:<alice@example.test>
        S: 554 5.7.1 <unknown[127.0.0.1]>: Client host rejected: Access denied
        """, policies: new(Rules.Default) { ["client.js"] = "import { restrictions as r } from 'policymta'; export default [r.reject()];" });

    [Fact]
    public Task A_line_without_end_does_not_grow_the_session() => Play($"""
        {Hello}
        C: {new string('x', 100_000)}
        S: 500 5.5.2 *
        C: NOOP
        S: 250 2.0.0 Ok
        """);

    [Fact]
    public Task A_bare_newline_is_refused_where_it_is_forbidden() => Play($"""
        {Hello}
        C! NOOP\n
        S: 550 5.5.2 mx.example.test Error: bare <LF> received
        EOF
        """, s => s with { BareNewline = BareNewline.Reject });

    [Fact]
    public async Task Connections_beyond_the_limit_of_an_address_are_refused()
    {
        await using var server = await ReceivingServer.StartAsync(s => s with { ConnectionCountLimit = 1 });
        using var first = new System.Net.Sockets.TcpClient();
        await first.ConnectAsync((System.Net.IPEndPoint)server.Receiver.EndPoints["smtp"]);
        var banner = new byte[64];
        Assert.True(await first.GetStream().ReadAsync(banner) > 0);
        await server.PlayAsync("""
            S: 421 4.7.0 mx.example.test Error: too many connections from 127.0.0.1
            EOF
            """);
    }

    [Fact]
    public async Task A_session_between_transactions_moves_to_the_next_generation()
    {
        await using var server = await ReceivingServer.StartAsync();
        var strict = new Dictionary<string, string>(Rules.Default)
        {
            ["recipient.js"] = "import { reject } from 'policymta'; export default function closed() { return reject('closed today'); }",
        };
        await using var dialogue = await Testing.Dialogue.OpenAsync(server.Receiver.EndPoints["smtp"]);
        await dialogue.PlayAsync($"""
            {Hello}
            C: MAIL FROM:<a@client.example>
            S: 250 2.1.0 Ok
            C: RCPT TO:<alice@example.test>
            S: 250 2.1.5 Ok
            """);
        await server.ReplaceAsync(strict);
        await dialogue.PlayAsync("""
            C: RCPT TO:<bob@example.test>
            S: 250 2.1.5 Ok
            C: RSET
            S: 250 2.0.0 Ok
            """);
        await dialogue.PlayAsync("""
            C: NOOP
            S: 250 2.0.0 Ok
            C: MAIL FROM:<a@client.example>
            S: 250 2.1.0 Ok
            C: RCPT TO:<bob@example.test>
            S: 554 5.7.1 <bob@example.test>: Recipient address rejected: closed today
            """);
    }

    [Fact]
    public async Task Draining_sends_idle_clients_away_and_lets_transactions_end()
    {
        await using var server = await ReceivingServer.StartAsync();
        await using var idle = await Testing.Dialogue.OpenAsync(server.Receiver.EndPoints["smtp"]);
        await using var busy = await Testing.Dialogue.OpenAsync(server.Receiver.EndPoints["smtp"]);
        await idle.PlayAsync(Hello);
        await busy.PlayAsync($"""
            {Hello}
            C: MAIL FROM:<a@client.example>
            S: 250 2.1.0 Ok
            """);
        var drained = server.Receiver.DrainAsync(TimeSpan.FromMinutes(1), CancellationToken.None).AsTask();
        await idle.PlayAsync("""
            S: 421 4.3.2 *
            EOF
            """);
        await busy.PlayAsync("""
            C: RCPT TO:<alice@example.test>
            S: 250 2.1.5 Ok
            C: DATA
            S: 354 *
            C! Subject: last\r\n\r\none\r\n.\r\n
            S: 250 2.0.0 Ok: queued as *
            S: 421 4.3.2 *
            EOF
            """);
        await drained;
        Assert.Single(await server.QueuedAsync());
    }

    [Fact]
    public async Task A_listener_may_change_its_name_and_keep_its_address()
    {
        await using var server = await ReceivingServer.StartAsync();
        var address = (System.Net.IPEndPoint)server.Receiver.EndPoints["smtp"];
        var first = server.Listener("smtp") with { EndPoint = address };
        await server.Receiver.ApplyAsync([server.Listener("submissions")], CancellationToken.None);
        await server.Receiver.ApplyAsync([first], CancellationToken.None);
        await server.Receiver.ApplyAsync([first with { Name = "submissions" }], CancellationToken.None);
        Assert.Equal(address, server.Receiver.EndPoints["submissions"]);
    }

    [Fact]
    public async Task A_client_that_closes_its_half_still_gets_its_replies()
    {
        await using var server = await ReceivingServer.StartAsync();
        using var client = new System.Net.Sockets.TcpClient();
        await client.ConnectAsync((System.Net.IPEndPoint)server.Receiver.EndPoints["smtp"]);
        var stream = client.GetStream();
        using var reader = new StreamReader(stream);
        Assert.StartsWith("220 ", await reader.ReadLineAsync(), StringComparison.Ordinal);
        await stream.WriteAsync("EHLO client.example\r\n"u8.ToArray());
        while (await reader.ReadLineAsync() is { } line && line[3] == '-') { }
        await stream.WriteAsync("MAIL FROM:<a@client.example>\r\nRCPT TO:<alice@example.test>\r\nQUIT\r\n"u8.ToArray());
        client.Client.Shutdown(System.Net.Sockets.SocketShutdown.Send);
        Assert.Equal("250 2.1.0 Ok", await reader.ReadLineAsync());
        Assert.Equal("250 2.1.5 Ok", await reader.ReadLineAsync());
        Assert.Equal("221 2.0.0 Bye", await reader.ReadLineAsync());
        Assert.Null(await reader.ReadLineAsync());
    }

    [Theory]
    [InlineData("")]
    [InlineData("EHL")]
    [InlineData("EHLO client.example\r\nAUT")]
    public async Task A_client_that_leaves_in_the_middle_of_a_line_leaves_nothing_behind(string sent)
    {
        await using var server = await ReceivingServer.StartAsync();
        using (var client = new System.Net.Sockets.TcpClient())
        {
            await client.ConnectAsync((System.Net.IPEndPoint)server.Receiver.EndPoints["smtp"]);
            var banner = new byte[64];
            Assert.True(await client.GetStream().ReadAsync(banner) > 0);
            await client.GetStream().WriteAsync(System.Text.Encoding.ASCII.GetBytes(sent));
        }
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (server.Receiver.SessionCount > 0)
        {
            patience.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    [Fact]
    public async Task A_move_during_the_handshake_drops_nobody()
    {
        await using var server = await ReceivingServer.StartAsync();
        await using var dialogue = await Testing.Dialogue.OpenAsync(server.Receiver.EndPoints["smtp"]);
        await dialogue.PlayAsync($"""
            {Hello}
            C: STARTTLS
            S: 220 2.0.0 Ready to start TLS
            """);
        server.Receiver.MoveSessions();
        server.Receiver.MoveSessions();
        await dialogue.PlayAsync("""
            TLS
            C: EHLO client.example
            S: ...
            C: NOOP
            S: 250 2.0.0 Ok
            """);
    }

    [Fact]
    public Task Chunks_after_a_refused_one_are_discarded_until_the_last() => Play($"""
        {Hello}
        C! BDAT 6\r\nNOOP\r\n
        S: 503 5.5.1 Error: need RCPT command
        C! BDAT 3\r\nabc
        S: 551 5.0.0 Discarded 3 bytes after earlier error
        C! BDAT 3 LAST\r\nabc
        S: 551 5.0.0 Discarded 3 bytes after earlier error
        C! BDAT 3 LAST\r\nabc
        S: 503 5.5.1 Error: need RCPT command
        """);

    [Fact]
    public async Task An_authenticator_that_throws_or_never_answers_costs_one_reply()
    {
        await using var server = await ReceivingServer.StartAsync();
        await server.PlayAsync($"""
            {Hello}
            C: AUTH PLAIN AGRlYWQAc2VjcmV0
            S: 454 4.7.0 *
            C: AUTH PLAIN AHNpbGVudABzZWNyZXQ=
            W: 31s
            S: 454 4.7.0 *
            C: NOOP
            S: 250 2.0.0 Ok
            """, "submissions");
    }
}
