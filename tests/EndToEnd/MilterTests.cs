using System.Security.Cryptography;
using PolicyMTA.EndToEnd.Peers;

namespace PolicyMTA.EndToEnd;

/// <summary>Real filters over the milter protocol.</summary>
public sealed class MilterTests
{
    private const string Message = "From: Alice <alice@sender.test>\r\nTo: alice@example.test\r\nSubject: signed\r\nDate: Mon, 23 Nov 2026 10:00:00 +0000\r\nMessage-ID: <1@sender.test>\r\n\r\nHello\r\n.. dots and lines\r\n";

    private static Task ListAsync(RunningServer server, params string[] milters) =>
        server.ReconfigureAsync("virtual_transport = \"maildir\"", $"virtual_transport = \"maildir\"\nsmtpd_milters = [{string.Join(", ", milters.Select(name => $"\"{name}\""))}]");

    private static async Task<string> SendAsync(RunningServer server, string content = Message)
    {
        await using var client = await SmtpConnection.OpenAsync(server.Smtp);
        await client.ExpectAsync("EHLO localhost", "250");
        return await client.SendAsync("alice@sender.test", "alice@example.test", content);
    }

    [Fact]
    public async Task OpenDKIM_signs_and_verifies_and_OpenDMARC_believes_it()
    {
        using var key = RSA.Create(2048);
        await using var signer = await MilterDaemons.StartSignerAsync(key);
        await using var verifier = await MilterDaemons.StartVerifierAsync(key);
        await using var dmarc = await MilterDaemons.StartDmarcAsync();
        await using var server = await RunningServer.StartAsync();
        await ListAsync(server, signer.Name, verifier.Name, dmarc.Name);
        Assert.StartsWith("250 2.0.0 Ok: queued as", await SendAsync(server), StringComparison.Ordinal);
        var mail = await server.MailWithAsync("alice", "Subject: signed");
        Assert.Contains("DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/simple; d=sender.test; s=test;", mail, StringComparison.Ordinal);
        Assert.Contains("dkim=pass", mail, StringComparison.Ordinal);
        Assert.Contains("dmarc=pass (p=reject", mail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenDKIM_on_a_unix_socket_signs_for_a_service_by_its_name()
    {
        using var key = RSA.Create(2048);
        await using var signer = await MilterDaemons.StartSignerForAsync(key, "ORIGINATING");
        await using var server = await RunningServer.StartAsync();
        await ListAsync(server, signer.Name);
        Assert.StartsWith("250 2.0.0 Ok: queued as", await SendAsync(server), StringComparison.Ordinal);
        Assert.DoesNotContain("DKIM-Signature:", await server.MailWithAsync("alice", "Subject: signed"), StringComparison.Ordinal);
        await server.ReconfigureAsync("[listeners.smtp]", "[listeners.smtp]\nmilter_macro_daemon_name = \"ORIGINATING\"");
        await SendAsync(server, Message.Replace("Subject: signed", "Subject: by name", StringComparison.Ordinal));
        Assert.Contains("DKIM-Signature: v=1;", await server.MailWithAsync("alice", "Subject: by name"), StringComparison.Ordinal);
        // A client of its own table has none.
        await server.ReconfigureAsync("[listeners.smtp]", "[listeners.smtp]\nsmtpd_milter_maps = \"inline:{ 127.0.0.1=DISABLE }\"");
        await SendAsync(server, Message.Replace("Subject: signed", "Subject: without", StringComparison.Ordinal));
        Assert.DoesNotContain("DKIM-Signature:", await server.MailWithAsync("alice", "Subject: without"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenDMARC_refuses_what_nobody_signed()
    {
        using var key = RSA.Create(2048);
        await using var verifier = await MilterDaemons.StartVerifierAsync(key);
        await using var dmarc = await MilterDaemons.StartDmarcAsync();
        await using var server = await RunningServer.StartAsync();
        await ListAsync(server, verifier.Name, dmarc.Name);
        Assert.Equal("550 5.7.1 rejected by DMARC policy for sender.test", await SendAsync(server));
    }

    [Fact]
    public async Task A_filter_that_dies_in_the_middle_gives_the_default_action_and_mail_comes_once()
    {
        using var key = RSA.Create(2048);
        await using var signer = await MilterDaemons.StartSignerAsync(key);
        await using var server = await RunningServer.StartAsync();
        await ListAsync(server, signer.Name);
        await using var client = await SmtpConnection.OpenAsync(server.Smtp);
        await client.ExpectAsync("EHLO localhost", "250");
        await client.ExpectAsync("MAIL FROM:<alice@sender.test>", "250");
        await client.ExpectAsync("RCPT TO:<alice@example.test>", "250");
        await signer.DisposeAsync();
        await client.ExpectAsync("DATA", "354"); // it did not want to hear of it
        Assert.Equal("451 4.7.1 Service unavailable - try again later", await client.AskAsync(Message + "."));
        // Another session of the same server, which takes mail without the filter.
        await server.ReconfigureAsync($"\"{signer.Name}\"", $"\"{{ {signer.Name}, default_action=accept, connect_timeout=5s }}\"");
        Assert.StartsWith("250 2.0.0 Ok: queued as", await SendAsync(server), StringComparison.Ordinal);
        Assert.DoesNotContain("DKIM-Signature", await server.MailWithAsync("alice", "Subject: signed"), StringComparison.Ordinal);
        Assert.Single(await server.MailAsync("alice"), mail => mail.Contains("Subject: signed", StringComparison.Ordinal));
        Assert.Contains($"milter {signer.Name}: end of message failed: it ", await File.ReadAllTextAsync(Path.Combine(server.Root, "log", "mail.log")), StringComparison.Ordinal);
    }
}
