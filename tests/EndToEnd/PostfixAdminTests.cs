namespace PolicyMTA.EndToEnd;

/// <summary>A database of PostfixAdmin's named in one line: what it holds is what the server takes mail for.</summary>
public sealed class PostfixAdminTests
{
    private const string Rows = """
        INSERT INTO domain (domain, description, transport, backupmx, active) VALUES
          ('ALL', '', '', 0, 1), ('aliased.test', '', '', 0, 1), ('backup.test', '', '', 1, 1), ('closed.test', '', '', 0, 0), ('closedbackup.test', '', '', 1, 0);
        INSERT INTO alias_domain (alias_domain, target_domain, active) VALUES ('aliased.test', 'example.test', 1);
        INSERT INTO mailbox (username, password, name, maildir, local_part, domain, active) VALUES
          ('gone@example.test', 'x', '', 'example.test/gone/', 'gone', 'example.test', 0), ('carol@closed.test', 'x', '', 'closed.test/carol/', 'carol', 'closed.test', 1);
        INSERT INTO alias (address, goto, domain, active) VALUES ('off@example.test', 'alice@example.test', 'example.test', 0);
        """;

    [Fact]
    public async Task Every_kind_of_row_is_respected()
    {
        Command.Require("sqlite3");
        await using var server = await RunningServer.StartAsync();
        await ExecuteAsync(server, Rows);
        foreach (var (recipient, reply) in ((string, string)[])
        [
            ("alice@example.test", "250 2.1.5 Ok"), ("sales@example.test", "250 2.1.5 Ok"), ("alice@aliased.test", "250 2.1.5 Ok"), ("sales@aliased.test", "250 2.1.5 Ok"), ("anyone@backup.test", "250 2.1.5 Ok"),
            ("nobody@example.test", "550 5.1.1 "), ("gone@example.test", "550 5.1.1 "), ("off@example.test", "550 5.1.1 "), ("nobody@aliased.test", "550 5.1.1 "),
            ("carol@closed.test", "554 5.7.1 "), ("anyone@closedbackup.test", "554 5.7.1 "), ("x@all", "554 5.7.1 "), ("x@elsewhere.test", "554 5.7.1 "),
        ])
        {
            Assert.StartsWith(reply, await RcptAsync(server, recipient), StringComparison.Ordinal);
        }

        await ExecuteAsync(server, "INSERT INTO alias (address, goto, domain, active) VALUES ('@example.test', 'bob@example.test', 'example.test', 1)");
        foreach (var recipient in (string[])["anybody@example.test", "anybody@aliased.test", "off@example.test"]) Assert.StartsWith("250 ", await RcptAsync(server, recipient), StringComparison.Ordinal);
        Assert.StartsWith("250 ", await RcptAsync(server, "anybody@aliased.test", isSent: true), StringComparison.Ordinal);
        Assert.Contains("X-Original-To: anybody@aliased.test", await server.MailWithAsync("bob", "caught"), StringComparison.Ordinal);
    }

    private static async Task<string> RcptAsync(RunningServer server, string recipient, bool isSent = false)
    {
        await using var smtp = await SmtpConnection.OpenAsync(server.Smtp);
        await smtp.ExpectAsync("EHLO client.example", "250");
        await smtp.ExpectAsync("MAIL FROM:<joe@localhost>", "250");
        var reply = await smtp.AskAsync($"RCPT TO:<{recipient}>");
        if (!isSent) return reply;
        await smtp.ExpectAsync("DATA", "354");
        return await smtp.AskAsync("Subject: caught\r\n\r\ncaught\r\n.");
    }

    private static async Task ExecuteAsync(RunningServer server, string sql)
    {
        var done = await Command.RunAsync("sqlite3", [Path.Combine(server.Root, "database", "vmail.sqlite3"), sql]);
        Assert.True(done.ExitCode == 0, done.Errors);
    }
}
