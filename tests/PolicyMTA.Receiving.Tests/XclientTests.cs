using PolicyMTA.Addressing;

namespace PolicyMTA.Receiving.Tests;

public sealed class XclientTests
{
    private static async Task Play(string script, bool isListed = true)
    {
        Assert.True(NetworkList.TryParse([isListed ? "127.0.0.0/8" : "192.0.2.0/24"], out var hosts, out _));
        await using var server = await ReceivingServer.StartAsync(s => s with { XclientHosts = hosts!, XforwardHosts = hosts! });
        await server.PlayAsync(script);
    }

    [Fact]
    public Task Listed_hosts_are_offered_both() => Play("""
        S: 220 *
        C: EHLO client.example
        S: 250-mx.example.test
        S: 250-PIPELINING
        S: 250-SIZE 20000
        S: 250-ETRN
        S: 250-STARTTLS
        S: 250-XCLIENT NAME ADDR PROTO HELO REVERSE_NAME PORT LOGIN DESTADDR DESTPORT
        S: 250-XFORWARD NAME ADDR PROTO HELO SOURCE PORT IDENT
        S: 250-ENHANCEDSTATUSCODES
        S: ...
        """);

    [Fact]
    public Task Others_are_told_so() => Play("""
        S: 220 *
        C: EHLO mail.good.test
        S: 250-mx.example.test
        S: 250-PIPELINING
        S: 250-SIZE 20000
        S: 250-ETRN
        S: 250-STARTTLS
        S: 250-ENHANCEDSTATUSCODES
        S: ...
        C: XCLIENT NAME=spike.example ADDR=168.100.3.2
        S: 550 5.7.0 Error: insufficient authorization
        C: XFORWARD NAME=spike.example ADDR=168.100.3.2
        S: 550 5.7.0 Error: insufficient authorization
        """, isListed: false);

    [Fact]
    public Task The_session_becomes_another_clients_and_begins_again() => Play("""
        S: 220 *
        C: EHLO proxy.example
        S: 250-*
        S: ...
        C: XCLIENT NAME=friend.example ADDR=203.0.113.7
        S: 220 mx.example.test ESMTP
        C: MAIL FROM:<a@client.example>
        S: 503 5.5.1 Error: send HELO/EHLO first
        C: HELO friend.example
        S: 250 mx.example.test
        C: MAIL FROM:<a@client.example>
        S: 250 2.1.0 Ok
        C: RCPT TO:<b@elsewhere.example>
        S: 250 2.1.5 Ok
        C: XCLIENT ADDR=192.0.2.1
        S: 503 5.5.1 Error: MAIL transaction in progress
        C: RSET
        S: 250 2.0.0 Ok
        C: XCLIENT ADDR=IPV6:2001:db8::1 NAME=[UNAVAILABLE] HELO=stranger.example PROTO=ESMTP
        S: 220 mx.example.test ESMTP
        C: MAIL FROM:<a@client.example>
        S: 250 2.1.0 Ok
        C: RCPT TO:<b@elsewhere.example>
        S: 554 5.7.1 *
        """);

    [Fact]
    public Task A_login_comes_and_goes_with_it() => Play("""
        S: 220 *
        C: XCLIENT ADDR=198.51.100.7 LOGIN=alice+40example.test HELO=x.example
        S: 220 *
        C: MAIL FROM:<alice@example.test>
        S: 250 2.1.0 Ok
        C: RCPT TO:<b@elsewhere.example>
        S: 250 2.1.5 Ok
        C: RSET
        S: 250 2.0.0 Ok
        C: XCLIENT ADDR=198.51.100.7 HELO=x.example
        S: 220 *
        C: MAIL FROM:<alice@example.test>
        S: 250 2.1.0 Ok
        C: RCPT TO:<b@elsewhere.example>
        S: 554 5.7.1 *
        """);

    [Fact]
    public Task An_address_that_is_unknown_earns_no_trust() => Play("""
        S: 220 *
        C: XCLIENT ADDR=[UNAVAILABLE] NAME=[TEMPUNAVAIL] HELO=x.example
        S: 220 *
        C: MAIL FROM:<a@client.example>
        S: 250 2.1.0 Ok
        C: RCPT TO:<b@elsewhere.example>
        S: 554 5.7.1 *
        """);

    [Fact]
    public Task Wrong_attributes_change_nothing() => Play("""
        S: 220 *
        C: HELO x.example
        S: 250 *
        C: XCLIENT
        S: 501 5.5.4 Syntax: XCLIENT attribute=value...
        C: XCLIENT ADDR=203.0.113.7 NAME
        S: 501 5.5.4 Error: attribute=value expected
        C: XCLIENT ADDR=203.0.113.7 IDENT=1
        S: 501 5.5.4 Bad XCLIENT attribute name: IDENT
        C: XCLIENT ADDR=203.0.113.777
        S: 501 5.5.4 Bad ADDR syntax: 203.0.113.777
        C: XFORWARD LOGIN=a
        S: 501 5.5.4 Bad XFORWARD attribute name: LOGIN
        C: XFORWARD NAME=spike.example ADDR=168.100.3.2 PROTO=ESMTP HELO=a SOURCE=LOCAL IDENT=4711 PORT=25
        S: 250 2.0.0 Ok
        C: MAIL FROM:<a@client.example>
        S: 250 2.1.0 Ok
        C: XFORWARD NAME=spike.example
        S: 503 5.5.1 Error: MAIL transaction in progress
        C: RCPT TO:<b@elsewhere.example>
        S: 554 5.7.1 *
        """);
}
