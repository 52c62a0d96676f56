using System.Security.Cryptography.X509Certificates;
using Dapper;
using Microsoft.Data.Sqlite;
using PolicyMTA.Configuration;
using PolicyMTA.Quickstart;
using PolicyMTA.Sdk;

namespace PolicyMTA.Tests.Quickstart;

public sealed class QuickstartFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly QuickstartPaths _paths;

    public QuickstartFolderTests()
    {
        _folder.Write("shipped/relay.js", "export default [];\n");
        _folder.Write("shipped/submission/client.js", "export default [];\n");
        _paths = new QuickstartPaths(_folder.File("root"));
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void An_empty_folder_is_set_up()
    {
        Directory.CreateDirectory(_paths.Root);
        Assert.True(Prepare());
        Assert.True(File.Exists(Path.Combine(_paths.Policies, "submission", "client.js")));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_paths.Plugins));
        Assert.False(File.Exists(_paths.Unfinished));
    }

    [Fact]
    public void The_configuration_that_is_made_is_a_good_one()
    {
        Prepare();
        var result = ConfigurationLoader.Load(_paths.Configuration);
        Assert.Empty(result.Errors);
        Assert.Equal(["smtp 127.0.0.1:2525", "submission 127.0.0.1:2587", "submissions 127.0.0.1:2465"], result.Configuration!.Listeners.Select(listener => $"{listener.Name} {listener.Address}"));
    }

    [Fact]
    public void Only_the_owner_reads_key_and_passwords()
    {
        Prepare();
        const UnixFileMode ownerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        Assert.Equal(ownerOnly, File.GetUnixFileMode(_paths.Key));
        Assert.Equal(ownerOnly, File.GetUnixFileMode(_paths.Passwords));
    }

    [Fact]
    public void The_printed_passwords_open_the_hashes_in_the_database()
    {
        Prepare();
        using var database = Open();
        foreach (var line in QuickstartMailboxes.ReadPasswords(_paths.Passwords))
        {
            var parts = line.Split(' ');
            var hash = database.QuerySingle<string>("SELECT password FROM mailbox WHERE username = @user", new { user = parts[0] });
            Assert.StartsWith("{BLF-CRYPT}$2", hash, StringComparison.Ordinal);
            Assert.True(BCrypt.Net.BCrypt.Verify(parts[2], hash["{BLF-CRYPT}".Length..]));
            Assert.DoesNotContain(parts[2], hash, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Aliases_are_the_guides_and_each_mailbox_has_its_own()
    {
        Prepare();
        using var database = Open();
        Assert.Equal(
            ["abuse@example.test=alice@example.test", "alice@example.test=alice@example.test", "bob@example.test=bob@example.test", "postmaster@example.test=alice@example.test", "sales@example.test=alice@example.test,bob@example.test"],
            database.Query<string>("SELECT address || '=' || goto FROM alias WHERE active = '1' ORDER BY address"));
    }

    [Fact]
    public void The_certificate_is_for_the_domain_and_this_machine()
    {
        Prepare();
        using var certificate = X509Certificate2.CreateFromPemFile(_paths.Certificate, _paths.Key);
        Assert.True(certificate.HasPrivateKey);
        Assert.True(certificate.MatchesHostname("example.test"));
        Assert.True(certificate.MatchesHostname("localhost"));
        Assert.NotNull(certificate.GetECDsaPublicKey());
    }

    [Fact]
    public void A_second_start_keeps_everything()
    {
        Prepare();
        var before = Snapshot();
        Assert.False(Prepare());
        Assert.Equal(before, Snapshot());
    }

    [Fact]
    public void A_second_start_with_other_ports_changes_those_and_nothing_else()
    {
        Prepare();
        File.WriteAllText(_paths.Configuration, File.ReadAllText(_paths.Configuration).Replace("message_size_limit = 0", "message_size_limit = 1000", StringComparison.Ordinal));
        QuickstartFolder.Prepare(Options() with { Listen = "::1", SubmissionPort = 7587 }, _folder.File("shipped"), TimeProvider.System);
        var text = File.ReadAllText(_paths.Configuration);
        Assert.Contains("message_size_limit = 1000", text, StringComparison.Ordinal);
        Assert.Equal(["[::1]:2525", "[::1]:7587", "[::1]:2465"], text.Split('\n').Where(line => line.StartsWith("address", StringComparison.Ordinal)).Select(line => line.Split('"')[1]));
    }

    [Fact]
    public void A_folder_with_other_things_is_refused_and_left_alone()
    {
        _folder.Write("root/thesis.txt", "words");
        var refusal = Assert.Throws<ConfigurationException>(() => Prepare());
        Assert.Contains("thesis.txt", refusal.Message, StringComparison.Ordinal);
        Assert.Single(Directory.EnumerateFileSystemEntries(_paths.Root));
    }

    [Fact]
    public void A_setup_that_was_cut_short_is_done_again()
    {
        _folder.Write("root/.quickstart-unfinished", "");
        _folder.Write("root/tls/key.pem", "half a k");
        Assert.True(Prepare());
        Assert.Contains("END PRIVATE KEY", File.ReadAllText(_paths.Key), StringComparison.Ordinal);
        Assert.False(File.Exists(_paths.Unfinished));
    }

    [Fact]
    public void The_schema_has_postfixadmins_tables()
    {
        Prepare();
        using var database = Open();
        Assert.Equal(
            ["admin", "alias", "alias_domain", "config", "domain", "domain_admins", "fetchmail", "log", "mailbox", "quota", "quota2", "vacation", "vacation_notification"],
            database.Query<string>("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"));
    }

    private bool Prepare() => QuickstartFolder.Prepare(Options(), _folder.File("shipped"), TimeProvider.System);

    private QuickstartOptions Options() => new() { Root = _paths.Root };

    private SqliteConnection Open()
    {
        var connection = new SqliteConnection($"Data Source={_paths.Database};Pooling=False;Mode=ReadOnly");
        connection.Open();
        return connection;
    }

    private Dictionary<string, string> Snapshot() =>
        Directory.EnumerateFiles(_paths.Root, "*", SearchOption.AllDirectories).ToDictionary(file => file, file => Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(file))));
}
