using PolicyMTA.EndToEnd.Peers;
using PolicyMTA.Plugins.Tests;

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

    private const string Caught = "Subject: caught\r\n\r\ncaught\r\n.";

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
        Assert.StartsWith("250 ", await RcptAsync(server, "anybody@aliased.test", Caught), StringComparison.Ordinal);
        Assert.Contains("X-Original-To: anybody@aliased.test", await server.MailWithAsync("bob", "caught"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("pgsql")]
    [InlineData("mysql")]
    public async Task What_PostfixAdmin_itself_writes_is_what_the_server_takes(string kind)
    {
        Command.Require("swaks");
        await using var server = await RunningServer.StartAsync();
        await using var database = await StartAsync(kind, server);
        await ExpectAsync(server);

        // Its passwords log in.
        var (right, wrong) = (await LoginAsync("Secret77a"), await LoginAsync("Secret77b"));
        Assert.Contains("235 2.7.0", right, StringComparison.Ordinal);
        Assert.Contains("535 5.7.8", wrong, StringComparison.Ordinal);

        // Its quota of one megabyte holds: the second message waits. It is sent when the first is there: two at once may both find room.
        var message = "Subject: large\r\n\r\n" + string.Concat(Enumerable.Repeat(new string('x', 70) + "\r\n", 8_500)) + ".";
        Assert.StartsWith("250 ", await RcptAsync(server, "small@data.test", message), StringComparison.Ordinal);
        await UntilThereAsync(server, "small");
        Assert.StartsWith("250 ", await RcptAsync(server, "small@data.test", message), StringComparison.Ordinal);
        var queue = "";
        for (var tries = 0; !queue.Contains("4.2.2", StringComparison.Ordinal); tries++)
        {
            Assert.True(tries < 200, $"nothing waits for room: {queue}");
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
            queue = (await server.PolicymtaAsync("queue", "list", "--json")).Output;
        }
        Assert.Single(Directory.GetFiles(Path.Combine(server.Root, "mail", "data.test", "small", "new")));

        async Task<string> LoginAsync(string password) =>
            (await Swaks.RunAsync(server.Submission, "--tls", "--auth", "PLAIN", "--auth-user", "dana@data.test", "--auth-password", password, "--quit-after", "AUTH")).Output;
    }

    [Theory]
    [InlineData("pgsql")]
    [InlineData("mysql")]
    public async Task Database_server_that_is_killed_defers_mail_and_nothing_is_refused_wrongly(string kind)
    {
        await using var server = await RunningServer.StartAsync();
        await using var database = await StartAsync(kind, server);
        await ExpectAsync(server);

        await database!.KillAsync();
        foreach (var recipient in (string[])["dana@data.test", "nobody@data.test", "dana@other.test", "x@backup.test", "x@elsewhere.test"])
        {
            Assert.StartsWith("451 4.3.0 ", await RcptAsync(server, recipient), StringComparison.Ordinal);
        }
        await database.StartAgainAsync();
        // A host that failed is asked again at once when it is the only one.
        for (var i = 0; (await RcptAsync(server, "dana@data.test")).StartsWith("451 ", StringComparison.Ordinal); i++) Assert.True(i < 20, "the database is up and is not asked");
        await ExpectAsync(server);
        Assert.StartsWith("250 ", await RcptAsync(server, "team@other.test", Caught), StringComparison.Ordinal);
        await UntilThereAsync(server, "dana");
    }

    private static async Task UntilThereAsync(RunningServer server, string user)
    {
        var folder = Path.Combine(server.Root, "mail", "data.test", user, "new");
        for (var tries = 0; !Directory.Exists(folder) || Directory.GetFiles(folder).Length == 0; tries++)
        {
            Assert.True(tries < 200, "the message does not arrive");
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }
    }

    private static async Task ExpectAsync(RunningServer server)
    {
        foreach (var (recipient, reply) in ((string, string)[])
        [
            ("dana@data.test", "250 "), ("team@data.test", "250 "), ("dana@other.test", "250 "), ("team@other.test", "250 "), ("x@backup.test", "250 "), ("anything@caught.test", "250 "),
            ("nobody@data.test", "550 5.1.1 "), ("nobody@other.test", "550 5.1.1 "), ("off@data.test", "550 5.1.1 "), ("was@data.test", "550 5.1.1 "), ("x@closed.test", "554 5.7.1 "), ("x@elsewhere.test", "554 5.7.1 "),
            ("dana@data.test' OR '1'='1", "501 "), ("\"' OR 1=1 -- \"@data.test", "550 5.1.1 "),
        ])
        {
            Assert.StartsWith(reply, await RcptAsync(server, recipient), StringComparison.Ordinal);
        }
    }

    /// <summary>A database that PostfixAdmin set up, with the server that reads it; null where it is a file.</summary>
    private static async Task<DatabaseServer?> StartAsync(string kind, RunningServer server)
    {
        DatabaseServer? database = kind switch { "pgsql" => await PostgresServer.StartAsync(), "mysql" => await MariaDbServer.StartAsync(), _ => null };
        var file = Path.Combine(server.Root, "database", "postfixadmin.sqlite3");
        (string, string)[] access = database is null
            ? [("database_type", "sqlite"), ("database_name", file)]
            : [("database_type", kind == "mysql" ? "mysqli" : kind), ("database_host", "127.0.0.1"), ("database_port", $"{database.Port}"), ("database_user", "mail"), ("database_password", "secret"), ("database_name", "mail")];
        if (database is null) await File.WriteAllTextAsync(file, "");
        var admin = await PostfixAdmin.SetUpAsync(server.Root, access);
        foreach (var domain in (string[])["data.test --active 1", "other.test --active 1", "backup.test --active 1 --backupmx 1", "closed.test --active 0", "caught.test --active 1"])
        {
            await admin.RunAsync($"domain add {domain} --description x --default-aliases 0 --maxquota 10");
        }
        foreach (var mailbox in (string[])["dana@data.test --active 1 --quota 5", "off@data.test --active 0 --quota 5", "small@data.test --active 1 --quota 1"])
        {
            await admin.RunAsync($"mailbox add {mailbox} --password Secret77a --password2 Secret77a --name x --welcome-mail 0");
        }
        await admin.RunAsync("alias add team@data.test --goto dana@data.test --active 1");
        await admin.RunAsync("alias add was@data.test --goto dana@data.test --active 0");
        await admin.RunAsync("alias add @caught.test --goto dana@data.test --active 1");
        await admin.RunAsync("aliasdomain add other.test --target-domain data.test --active 1");
        await File.WriteAllTextAsync(Path.Combine(server.Root, "secret"), "secret\n");
        await server.ReconfigureAsync("database = \"sqlite:database/vmail.sqlite3\"", database is null ? $"database = \"sqlite:{file}\"" : $"database = \"{kind}://mail@127.0.0.1:{database.Port}/mail\"\npassword_file = \"secret\"");
        return database;
    }

    private static async Task<string> RcptAsync(RunningServer server, string recipient, string? message = null)
    {
        await using var smtp = await SmtpConnection.OpenAsync(server.Smtp);
        await smtp.ExpectAsync("EHLO client.example", "250");
        await smtp.ExpectAsync("MAIL FROM:<joe@localhost>", "250");
        var reply = await smtp.AskAsync($"RCPT TO:<{recipient}>");
        if (message is null) return reply;
        await smtp.ExpectAsync("DATA", "354");
        return await smtp.AskAsync(message);
    }

    private static async Task ExecuteAsync(RunningServer server, string sql)
    {
        var done = await Command.RunAsync("sqlite3", [Path.Combine(server.Root, "database", "vmail.sqlite3"), sql]);
        Assert.True(done.ExitCode == 0, done.Errors);
    }
}
