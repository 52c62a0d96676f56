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

    [Theory]
    [InlineData("pgsql")]
    [InlineData("mysql")]
    public async Task Database_server_that_is_killed_defers_mail_and_nothing_is_refused_wrongly(string kind)
    {
        await using var database = await StartAsync(kind);
        await using var server = await RunningServer.StartAsync();
        await File.WriteAllTextAsync(Path.Combine(server.Root, "secret"), "secret\n");
        await server.ReconfigureAsync("database = \"sqlite:database/vmail.sqlite3\"", $"database = \"{kind}://mail@127.0.0.1:{database.Port}/mail\"\npassword_file = \"secret\"");
        await ExpectKnownAsync();

        await database.KillAsync();
        foreach (var recipient in (string[])["dana@data.test", "nobody@data.test", "dana@other.test", "x@backup.test", "x@elsewhere.test"])
        {
            Assert.StartsWith("451 4.3.0 ", await RcptAsync(server, recipient), StringComparison.Ordinal);
        }
        await database.StartAgainAsync();
        // A host that failed is asked again at once when it is the only one.
        for (var i = 0; (await RcptAsync(server, "dana@data.test")).StartsWith("451 ", StringComparison.Ordinal); i++) Assert.True(i < 20, "the database is up and is not asked");
        await ExpectKnownAsync();
        Assert.StartsWith("250 ", await RcptAsync(server, "team@other.test", isSent: true), StringComparison.Ordinal);
        for (var tries = 0; !Directory.Exists(Path.Combine(server.Root, "mail", "data.test", "dana", "new")); tries++)
        {
            Assert.True(tries < 200, "the message does not arrive");
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }

        async Task ExpectKnownAsync()
        {
            foreach (var (recipient, reply) in ((string, string)[])
            [
                ("dana@data.test", "250 "), ("team@data.test", "250 "), ("dana@other.test", "250 "), ("team@other.test", "250 "), ("x@backup.test", "250 "),
                ("nobody@data.test", "550 5.1.1 "), ("off@data.test", "550 5.1.1 "), ("x@closed.test", "554 5.7.1 "), ("dana@data.test' OR '1'='1", "501 "), ("\"' OR 1=1 -- \"@data.test", "550 5.1.1 "),
            ])
            {
                Assert.StartsWith(reply, await RcptAsync(server, recipient), StringComparison.Ordinal);
            }
        }
    }

    // What PostfixAdmin makes, as far as anyone asks it here: truth is boolean in PostgreSQL and a number in MySQL.
    private static async Task<DatabaseServer> StartAsync(string kind)
    {
        var (truth, yes, no) = kind == "pgsql" ? ("boolean", "true", "false") : ("tinyint(1)", "1", "0");
        var schema = $"""
            CREATE TABLE domain (domain varchar(255) PRIMARY KEY, backupmx {truth} NOT NULL, active {truth} NOT NULL);
            CREATE TABLE mailbox (username varchar(255) PRIMARY KEY, password varchar(255) NOT NULL, maildir varchar(255) NOT NULL, quota bigint NOT NULL DEFAULT 0, domain varchar(255) NOT NULL, active {truth} NOT NULL);
            CREATE TABLE alias (address varchar(255) PRIMARY KEY, goto text NOT NULL, domain varchar(255) NOT NULL, active {truth} NOT NULL);
            CREATE TABLE alias_domain (alias_domain varchar(255) PRIMARY KEY, target_domain varchar(255) NOT NULL, active {truth} NOT NULL);
            INSERT INTO domain VALUES ('data.test', {no}, {yes}), ('other.test', {no}, {yes}), ('backup.test', {yes}, {yes}), ('closed.test', {no}, {no});
            INSERT INTO mailbox VALUES ('dana@data.test', 'x', 'data.test/dana/', 0, 'data.test', {yes}), ('off@data.test', 'x', 'data.test/off/', 0, 'data.test', {no});
            INSERT INTO alias VALUES ('dana@data.test', 'dana@data.test', 'data.test', {yes}), ('team@data.test', 'dana@data.test', 'data.test', {yes});
            INSERT INTO alias_domain VALUES ('other.test', 'data.test', {yes});
            """;
        if (kind == "pgsql")
        {
            var postgres = await PostgresServer.StartAsync();
            await postgres.ExecuteAsync(schema);
            return postgres;
        }
        var maria = await MariaDbServer.StartAsync();
        await maria.ExecuteAsync(schema);
        return maria;
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
