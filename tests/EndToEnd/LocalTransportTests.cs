using PolicyMTA.EndToEnd.Peers;

namespace PolicyMTA.EndToEnd;

/// <summary>The transport <c>local</c> beside a real Postfix: one alias file, the same mail to both, and the same lands in the same places.</summary>
public sealed class LocalTransportTests : IDisposable
{
    // Users that every Debian has. Two letters reach cmd, which either server may give to two commands at once.
    private static readonly string[] Users = ["games", "news", "daemon", "mail"];
    private const string Aliases = """
        one: games
        Staff: games, news, daemon
        nested: staff, mail
        list: games, news
        owner-list: mail
        archive: FOLDER/archive
        box: FOLDER/box/
        cmd: "|flock FOLDER/lock cat >> FOLDER/cmd"
        both: news, "|cat >> FOLDER/both"
        inc: :include:FOLDER/members
        incowner: :include:FOLDER/members
        owner-incowner: daemon
        twice: games, games, one
        news: news, daemon
        ext+a: mail
        named: Big Name <games@mx.test>, "News Person" <news>
        """;

    private static readonly string[] Recipients = ["games", "Games+tag", "one", "staff", "STAFF+x", "nested", "list", "archive", "box", "cmd", "cmd+tag", "both", "inc", "incowner", "twice", "news", "ext+a", "named", "unknown", "list+y"];

    private readonly string _folder = Directory.CreateTempSubdirectory("policymta-local-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task What_lands_is_what_lands_with_Postfix()
    {
        UnpackedPeers.Require("postfix");
        var (ours, theirs) = (await PrepareAsync("ours"), await PrepareAsync("theirs"));
        await using var server = await StartAsync(ours);
        await using var postfix = await PostfixLocal.StartAsync(Path.Combine(theirs, "aliases"), $"mail_spool_directory = {theirs}/spool/\nrecipient_delimiter = +");
        foreach (var port in (int[])[server.Smtp, postfix.Port]) await SendAllAsync(port);

        var expected = await SettledAsync(theirs, _ => postfix.IsIdle, () => postfix.Log);
        var found = await SettledAsync(ours, count => count >= expected.Count, () => string.Join('\n', server.Output));

        Assert.True(expected.SequenceEqual(found), $"only theirs:\n{string.Join('\n', expected.Except(found))}\nonly ours:\n{string.Join('\n', found.Except(expected))}\n{expected.Count} and {found.Count}");
        Assert.True(expected.Count > 30, string.Join('\n', expected));
        await server.SaysAsync("to=<unknown@mx.test>", "dsn=5.1.1, status=bounced (unknown user: \"unknown\")");
    }

    [Fact]
    public async Task Users_and_aliases_are_known_at_RCPT_and_a_changed_file_at_once()
    {
        UnpackedPeers.Require("postfix");
        var folder = await PrepareAsync("ours");
        await using var server = await StartAsync(folder, recipients: "");
        await using var client = await SmtpConnection.OpenAsync(server.Smtp);
        await client.ExpectAsync("EHLO c.test", "250");
        await client.ExpectAsync("MAIL FROM:<joe@client.test>", "250");
        Assert.StartsWith("250", await client.AskAsync("RCPT TO:<games@mx.test>"), StringComparison.Ordinal);
        Assert.StartsWith("250", await client.AskAsync("RCPT TO:<staff+x@mx.test>"), StringComparison.Ordinal);
        Assert.Equal("550 5.1.1 <later@mx.test>: Recipient address rejected: User unknown in local recipient table", await client.AskAsync("RCPT TO:<later@mx.test>"));

        await File.AppendAllTextAsync(Path.Combine(folder, "aliases"), "\nlater: games\nbad line\nlater: news\n");
        Assert.StartsWith("250", await client.AskAsync("RCPT TO:<later@mx.test>"), StringComparison.Ordinal);

        using var programs = new LegacyPrograms(server);
        foreach (var command in (string[][])[["newaliases"], ["sendmail", "-bi"], ["sendmail", "-I"]])
        {
            var looked = await programs.RunAsync(command[0], command[1..]);
            Assert.Equal((0, $"newaliases: warning: {folder}/aliases, line 19: need name:value pair\nnewaliases: warning: {folder}/aliases, line 20: duplicate entry: \"later\"\n"), (looked.ExitCode, looked.Errors));
        }
        Assert.Contains($"{folder}/aliases:19:0: need name:value pair", (await server.PolicymtaAsync("check")).Errors, StringComparison.Ordinal);
        File.Delete(Path.Combine(folder, "aliases"));
        var missing = await server.PolicymtaAsync("newaliases");
        Assert.Equal((1, $"newaliases: fatal: open {folder}/aliases: No such file or directory\n"), (missing.ExitCode, missing.Errors));
    }

    private static async Task<RunningServer> StartAsync(string folder, string recipients = "local_recipient_maps = \"\"")
    {
        var server = await RunningServer.StartAsync();
        var file = Path.Combine(server.Root, "policymta.toml");
        var text = (await File.ReadAllTextAsync(file))
            .Replace("myorigin = \"example.test\"", "myorigin = \"mx.test\"", StringComparison.Ordinal)
            .Replace("mydestination = [\"localhost.localdomain\"]", "mydestination = [\"mx.test\"]", StringComparison.Ordinal)
            .Replace("local_transport = \"maildir\"", "local_transport = \"local\"", StringComparison.Ordinal)
            .Replace("local_recipient_maps = \"$virtual_mailbox_maps\"", recipients, StringComparison.Ordinal);
        await File.WriteAllTextAsync(file, text);
        await server.ReconfigureAsync("myhostname = ", $"""
            alias_maps = "hash:{folder}/aliases"
            alias_database = "hash:{folder}/aliases"
            mail_spool_directory = "{folder}/spool/"
            recipient_delimiter = "+"
            myhostname = 
            """);
        return server;
    }

    private async Task<string> PrepareAsync(string name)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_folder, name)).FullName;
        var spool = Directory.CreateDirectory(Path.Combine(folder, "spool")).FullName;
        File.SetUnixFileMode(_folder, (UnixFileMode)0b111_101_101);
        foreach (var open in (string[])[folder, spool]) File.SetUnixFileMode(open, (UnixFileMode)0b111_111_111);
        await File.WriteAllTextAsync(Path.Combine(folder, "members"), "# members\nnews\ngames@mx.test, mail\n");
        await File.WriteAllTextAsync(Path.Combine(folder, "aliases"), Aliases.Replace("FOLDER", folder, StringComparison.Ordinal) + "\n");
        return folder;
    }

    private static async Task SendAllAsync(int port)
    {
        await using var client = await SmtpConnection.OpenAsync(port);
        await client.ExpectAsync("EHLO c.test", "250");
        foreach (var recipient in Recipients) Assert.StartsWith("250", await client.SendAsync("joe@client.test", recipient + "@mx.test", $"Subject: to {recipient}\r\n\r\nFrom here\r\n"), StringComparison.Ordinal);
    }

    // What lies in all places, once it is all and nothing more comes.
    private static async Task<List<string>> SettledAsync(string folder, Func<int, bool> isAll, Func<string> log)
    {
        List<string> last = [];
        for (var (quiet, patience) = (0, 600); quiet < 20; patience--)
        {
            Assert.True(patience > 0, $"{string.Join('\n', last)}\n{log()}");
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
            List<string> now = [.. Landed(folder)];
            quiet = isAll(now.Count) && now.SequenceEqual(last) ? quiet + 1 : 0;
            last = now;
        }
        return last;
    }

    private static IEnumerable<string> Landed(string folder)
    {
        var found = new List<string>();
        foreach (var (name, maildir) in Users.Select(user => (user, Path.Combine(folder, "spool", user))).Append(("box", Path.Combine(folder, "box"))))
        {
            if (Directory.Exists(Path.Combine(maildir, "new"))) found.AddRange(Directory.GetFiles(Path.Combine(maildir, "new")).Select(file => $"{name}: {Fields(File.ReadAllText(file))}"));
        }
        foreach (var name in (string[])["archive", "cmd", "both"])
        {
            var path = Path.Combine(folder, name);
            if (File.Exists(path)) found.AddRange(("\n" + File.ReadAllText(path)).Split("\nFrom ").Skip(1).Select(message => $"{name}: {Fields(message)} {message.Replace("\r", "", StringComparison.Ordinal).Contains("\n>From here\n", StringComparison.Ordinal)}"));
        }
        return found.Order(StringComparer.Ordinal);
    }

    private static string Fields(string message) => string.Join(" | ", message.Split('\n').Where(line => line.StartsWith("Return-Path:", StringComparison.Ordinal) || line.StartsWith("X-Original-To:", StringComparison.Ordinal)
        || line.StartsWith("Delivered-To:", StringComparison.Ordinal) || line.StartsWith("Subject:", StringComparison.Ordinal)));
}
