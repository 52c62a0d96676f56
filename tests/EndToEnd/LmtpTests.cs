namespace PolicyMTA.EndToEnd;

/// <summary>One server delivers into another over LMTP on a unix socket.</summary>
public sealed class LmtpTests
{
    [Fact]
    public async Task Mail_goes_on_over_lmtp_and_each_recipient_hears_its_own_reply()
    {
        await using var mailboxes = await RunningServer.StartAsync();
        await mailboxes.ReconfigureAsync("[queue]\n", "[listeners.delivery]\naddress = \"unix:lmtp.socket\"\nprotocol = \"lmtp\"\ntrust_unix_clients = true\n\n[queue]\n");
        await using var front = await RunningServer.StartAsync();
        await front.ReconfigureAsync("virtual_transport = \"maildir\"", $"virtual_transport = \"lmtp:unix:{mailboxes.Root}/lmtp.socket\"");

        await using var client = await SmtpConnection.OpenAsync(front.Smtp);
        await client.ExpectAsync("EHLO localhost", "250");
        var reply = await client.SendAsync("joe@localhost", "sales@example.test", "Subject: by lmtp\r\n\r\nhello");
        Assert.StartsWith("250 2.0.0 Ok: queued as", reply, StringComparison.Ordinal);

        foreach (var user in new[] { "alice", "bob" })
        {
            var message = await mailboxes.MailWithAsync(user, "Subject: by lmtp");
            Assert.Contains(" with LMTP id ", message, StringComparison.Ordinal);
        }
        var log = await File.ReadAllTextAsync(Path.Combine(front.Root, "log", "mail.log"));
        Assert.Contains("status=sent (250 2.0.0 Ok: queued as", log, StringComparison.Ordinal);
    }
}
