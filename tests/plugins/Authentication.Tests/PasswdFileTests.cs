using PolicyMTA.Authentication.Passwords;
using PolicyMTA.Authentication.Passwords.PasswdFiles;
using PolicyMTA.Plugins.Tests;
using PolicyMTA.Sdk;

namespace PolicyMTA.Authentication.Tests;

public sealed class PasswdFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("policymta-passwd-").FullName;
    private readonly PluginBench _bench = new(new PasswordsPlugin());

    public PasswdFileTests() => _bench.Folder = _folder;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private ILookupTable Open(string content)
    {
        File.WriteAllText(Path.Combine(_folder, "users"), content);
        return _bench.Open("passwd_file:users");
    }

    private static async Task<string?> AskAsync(ILookupTable table, string user) => (await table.FindAsync(user, CancellationToken.None)).Value;

    [Fact]
    public async Task Dovecots_and_Apaches_files_are_read()
    {
        await using var table = Open("""
            # comment
            Alice@Example.test:{SSHA512}abc=:1000:1000::/home/alice::userdb_mail=maildir:~/Mail
            bob:$apr1$x$y

            joe:
            """);
        Assert.Equal("{SSHA512}abc=", await AskAsync(table, "alice@example.test"));
        Assert.Equal("$apr1$x$y", await AskAsync(table, "bob"));
        Assert.Equal("", await AskAsync(table, "joe"));
        Assert.Null(await AskAsync(table, "# comment"));
        Assert.Empty(_bench.Lines);
    }

    [Fact]
    public async Task Who_may_not_log_in_from_everywhere_may_not_here()
    {
        await using var table = Open("a:{PLAIN}x::::::nologin\nb:{PLAIN}x::::::allow_nets=10.0.0.0/8 user=b\nc:{PLAIN}x::::::nologinx=1\n");
        Assert.Null(await AskAsync(table, "a"));
        Assert.Null(await AskAsync(table, "b"));
        Assert.Equal("{PLAIN}x", await AskAsync(table, "c"));
        Assert.Equal(2, _bench.Lines.Count);
    }

    [Fact]
    public async Task Bad_lines_are_told_without_what_is_in_them()
    {
        await using var table = Open("topsecret\n:topsecret\na:{PLAIN}1\na:{PLAIN}topsecret\n");
        Assert.Equal("{PLAIN}1", await AskAsync(table, "a"));
        Assert.Equal(["line 1: expected: user:password", "line 2: expected: user:password", "line 4: a is there already"], _bench.Lines.Select(l => l[(l.IndexOf(": line", StringComparison.Ordinal) + 2)..]));
    }

    [Fact]
    public async Task A_changed_file_is_noticed_and_a_missing_one_keeps_its_word()
    {
        await using var table = Open("a:{PLAIN}1\n");
        await File.WriteAllTextAsync(Path.Combine(_folder, "users"), "a:{PLAIN}23\n");
        _bench.Clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal("{PLAIN}23", await AskAsync(table, "a"));
        File.Delete(Path.Combine(_folder, "users"));
        _bench.Clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal("{PLAIN}23", await AskAsync(table, "a"));
    }

    [Fact]
    public void A_file_that_is_not_there_is_a_mistake() => Assert.Throws<ConfigurationException>(() => _bench.Open("passwd_file:users"));

    [Fact]
    public async Task It_serves_logins()
    {
        await using var table = Open("alice@example.test:{SHA512-CRYPT}$6$KG6jLnRmKR0wVLib$qiNCA2p0ErStPkBLyB/zU52xEA4VabKRJbYJUxR8BpfaKbxqlOVyhAhXOHOLb7SVIVzqil757gTJhR2iFODW9.:::::\n");
        _bench.Values["smtpd_sasl_password_table"] = "users";
        _bench.OpenTables["users"] = table;
        await using var authenticator = _bench.Authenticator("passwords");
        await using var conversation = authenticator.Start("PLAIN", null!);
        Assert.Equal(new SaslStep.Success("alice@example.test"), await conversation.AdvanceAsync("\0alice@example.test\0secret"u8.ToArray(), CancellationToken.None));
    }

    [Fact]
    public void No_line_breaks_the_parser()
    {
        var random = new Random(8);
        for (var i = 0; i < 20_000; i++)
        {
            var line = new string([.. Enumerable.Range(0, random.Next(30)).Select(_ => random.Next(3) == 0 ? ':' : (char)random.Next(0, 0x250))]);
            if (PasswdLine.TryParse(line, out var entry)) Assert.DoesNotContain(':', entry.User + entry.Password);
        }
    }
}
