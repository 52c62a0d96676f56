using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using PolicyMTA.Testing;

namespace PolicyMTA.EndToEnd;

/// <summary>Configurations of Postfix, imported by the command as people call it: the result is checked, and passes the tests that the import wrote.</summary>
public sealed class ImportTests
{
    [Theory]
    [InlineData("guide/as-meant", 8)]
    [InlineData("smarthost", 2)]
    [InlineData("backup-mx", 6)]
    [InlineData("list-host", 12)]
    public async Task Sample_is_imported_checked_and_passes_its_own_tests(string sample, int tests)
    {
        using var folder = new TemporaryFolder();
        var (source, target) = (Path.Combine(folder.Path, "postfix"), Path.Combine(folder.Path, "out"));
        await CopyAsync(Path.Combine(Repository.Root, "samples", "postfix", sample), source, folder.Path);

        var import = await ImportAsync(source, "--out", target);
        Assert.True(import.ExitCode == 0, import.Output + import.Errors);
        Assert.Contains("checked: good.", import.Output, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(target, ".versions")));

        var check = await PolicymtaAsync("check", "--config", Path.Combine(target, "policymta.toml"));
        Assert.True(check.ExitCode == 0, check.Output + check.Errors);
        var test = await PolicymtaAsync("test", "--config", Path.Combine(target, "policymta.toml"));
        Assert.True(test.ExitCode == 0, test.Output + test.Errors);
        Assert.Contains($"\n{tests} passed, 0 failed", test.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_weakened_policy_fails_the_tests_that_the_import_wrote()
    {
        using var folder = new TemporaryFolder();
        var (source, target) = (Path.Combine(folder.Path, "postfix"), Path.Combine(folder.Path, "out"));
        await CopyAsync(Path.Combine(Repository.Root, "samples", "postfix", "list-host"), source, folder.Path);
        await ImportAsync(source, "--out", target);
        const string Everybody = "import { permit } from 'policymta';\nexport default [function everybody() { return permit.relay('why not'); }];\n";
        foreach (var file in (string[])["relay.js", "submission/relay.js"]) await File.WriteAllTextAsync(Path.Combine(target, "policies", file), Everybody);
        foreach (var file in (string[])["recipient.js", "submission/client.js"]) await File.WriteAllTextAsync(Path.Combine(target, "policies", file), "export default [];\n");

        var test = await PolicymtaAsync("test", "--config", Path.Combine(target, "policymta.toml"));

        Assert.Equal(1, test.ExitCode);
        Assert.Contains("FAIL  nobody relays through smtp", test.Output, StringComparison.Ordinal);
        Assert.Contains("FAIL  submission takes nobody without a login", test.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Secrets_stay_their_owners_alone_and_are_never_printed()
    {
        using var folder = new TemporaryFolder();
        var (source, target) = (Path.Combine(folder.Path, "postfix"), Path.Combine(folder.Path, "out"));
        await CopyAsync(Path.Combine(Repository.Root, "samples", "postfix", "smarthost"), source, folder.Path);

        var import = await ImportAsync(source, "--out", target);

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(target, "sasl_passwd")));
        Assert.DoesNotContain("not-a-real-password", import.Output + import.Errors + await File.ReadAllTextAsync(Path.Combine(target, "IMPORT.md")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("guide/as-written", 1, "main.cf:45: error: smtpd_client_restrictions: it refuses all mail from elsewhere")]
    [InlineData("guide/as-meant", 0, "0 errors, 1 warnings, 2 infos")]
    public async Task Lint_tells_what_is_wrong(string sample, int code, string text)
    {
        var lint = await PolicymtaAsync("lint", "postfix", Path.Combine(Repository.Root, "samples", "postfix", sample));
        Assert.Equal(code, lint.ExitCode);
        Assert.Contains(text, lint.Output, StringComparison.Ordinal);
        var json = await PolicymtaAsync("lint", "postfix", Path.Combine(Repository.Root, "samples", "postfix", sample), "--json");
        Assert.All(json.Lines.Where(line => line.Length > 0), line => Assert.True(System.Text.Json.JsonDocument.Parse(line).RootElement.TryGetProperty("remedy", out _)));
    }

    [Fact]
    public async Task Nothing_that_is_there_is_written_over()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(Path.Combine(folder.Path, "policymta.toml"), "mine\n");

        var import = await ImportAsync(Path.Combine(Repository.Root, "samples", "postfix", "smarthost"), "--out", folder.Path);

        Assert.Equal(2, import.ExitCode);
        Assert.Contains("is not empty", import.Errors, StringComparison.Ordinal);
        Assert.Equal("mine\n", await File.ReadAllTextAsync(Path.Combine(folder.Path, "policymta.toml")));
    }

    [Fact]
    public async Task A_folder_that_is_not_there_is_an_error()
    {
        using var folder = new TemporaryFolder();
        var import = await ImportAsync(Path.Combine(folder.Path, "nowhere"), "--out", Path.Combine(folder.Path, "out"));
        Assert.Equal(1, import.ExitCode);
        Assert.Contains("nowhere", import.Errors, StringComparison.Ordinal);
    }

    // The sample's certificates and databases, which are not in it, at a place of the test's own.
    private static async Task CopyAsync(string sample, string target, string own)
    {
        Command.Require("sqlite3");
        using var pair = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest("CN=example.test", pair, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
        var (chain, key) = (certificate.ExportCertificatePem(), pair.ExportPkcs8PrivateKeyPem());
        foreach (var file in Directory.EnumerateFiles(sample, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(target, Path.GetRelativePath(sample, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            var text = (await File.ReadAllTextAsync(file)).Replace("/home/vmail/database", own, StringComparison.Ordinal).Replace("/etc/letsencrypt/live/example.test/fullchain.pem", "/etc/postfix/chain.pem", StringComparison.Ordinal)
                .Replace("/etc/letsencrypt/live/example.test/privkey.pem", "/etc/postfix/key.pem", StringComparison.Ordinal);
            if (Path.GetFileName(file) == "main.cf") text += $"queue_directory = {own}/spool\n";
            await File.WriteAllTextAsync(copy, text);
        }
        foreach (var (name, text) in new[] { ("chain.pem", chain), ("key.pem", key), ("mx2.pem", chain + "\n" + key), ("lists.pem", chain), ("lists.key", key) }) await File.WriteAllTextAsync(Path.Combine(target, name), text + "\n");
        await Command.RunAsync("sqlite3", [Path.Combine(own, "vmail.sqlite3"), "create table domain(domain, backupmx, active); create table mailbox(local_part, domain, maildir, active); create table alias(address, goto, active);"]);
    }

    private static Task<CommandResult> ImportAsync(params string[] arguments) => PolicymtaAsync(["import", "postfix", .. arguments]);

    private static Task<CommandResult> PolicymtaAsync(params string[] arguments) => Command.RunAsync(Path.Combine(Repository.Program, "policymta"), arguments);
}
