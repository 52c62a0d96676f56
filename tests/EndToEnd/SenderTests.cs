namespace PolicyMTA.EndToEnd;

/// <summary>Who may use which sender address, and who gets what is sent to an alias.</summary>
public sealed class SenderTests(Quickstart quickstart) : IClassFixture<Quickstart>
{
    private RunningServer Server => quickstart.Server;

    [Fact]
    public async Task A_stranger_may_not_send_as_alice()
    {
        Command.Require("swaks");
        var result = await Swaks.RunAsync(Server.Smtp, "--from", "alice@example.test", "--to", "bob@example.test");
        Assert.Contains("553 5.7.1 <alice@example.test>: Sender address rejected: not logged in", result.Replies(underTls: false));
    }

    [Fact]
    public async Task Alice_may_not_send_as_bob()
    {
        Command.Require("swaks");
        var result = await Swaks.RunAsync(Server.Submission, [.. Swaks.Login(Server, "alice"), "--from", "bob@example.test", "--to", "alice@example.test"]);
        Assert.Contains("553 5.7.1 <bob@example.test>: Sender address rejected: not owned by user alice@example.test", result.Replies(underTls: true));
    }

    [Fact]
    public async Task Bob_may_send_as_an_alias_that_names_him()
    {
        Command.Require("swaks");
        var result = await Swaks.RunAsync(Server.Submission, [.. Swaks.Login(Server, "bob"), "--from", "sales@example.test", "--to", "alice@example.test"]);
        Assert.True(result.ExitCode == 0, result.Output);
    }

    [Fact]
    public async Task An_alias_reaches_everybody_behind_it_once_for_each_address_that_was_given()
    {
        Command.Require("swaks");
        var result = await Swaks.RunAsync(Server.Smtp, "--from", "joe@localhost", "--to", "sales@example.test,alice@example.test", "--header", "Subject: an offer");
        Assert.True(result.ExitCode == 0, result.Output);
        await Server.MailWithAsync("bob", "Subject: an offer");
        await Server.MailWithAsync("alice", "X-Original-To: sales@example.test");
        await Server.MailWithAsync("alice", "X-Original-To: alice@example.test");
        // As in Postfix with enable_original_recipient: what was sent to two addresses of one mailbox is there twice, and says to which.
        Assert.Equal(2, (await Server.MailAsync("alice")).Count(message => message.Contains("Subject: an offer", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task An_unknown_mailbox_is_refused()
    {
        Command.Require("swaks");
        var result = await Swaks.RunAsync(Server.Smtp, "--from", "joe@localhost", "--to", "nobody@example.test");
        Assert.Contains("550 5.1.1 <nobody@example.test>: Recipient address rejected: User unknown in virtual mailbox table", result.Replies(underTls: false));
    }
}
