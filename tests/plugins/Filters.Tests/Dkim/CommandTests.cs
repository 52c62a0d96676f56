using System.Globalization;
using PolicyMTA.Filters.Dkim;
using PolicyMTA.Filters.Dkim.Commands;
using PolicyMTA.Sdk;
using PolicyMTA.Testing;

namespace PolicyMTA.Filters.Tests.Dkim;

/// <summary><c>policymta dkim</c>.</summary>
public sealed class CommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("")]
    [InlineData("--ed25519")]
    [InlineData("--bits 1024")]
    [InlineData("--bits 4096")]
    public async Task Key_that_was_made_is_good_once_its_record_is_there(string options)
    {
        var (code, made, _) = await RunAsync(new DkimOptions(), null, $"keygen example.test mail --folder keys {options}");
        Assert.Equal(0, code);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_folder.File("keys/mail.private")));
        var line = made.Split('\n').Single(line => line.StartsWith("mail._domainkey.example.test. IN TXT (", StringComparison.Ordinal));
        var strings = line.Split('"').Where((_, i) => i % 2 == 1).ToList();
        Assert.All(strings, part => Assert.InRange(part.Length, 1, 255));
        var signing = new DkimOptions(KeyTable: "table", SigningTable: "refile:signing");
        // What it says of the tables is what the tables take.
        await File.WriteAllTextAsync(_folder.File("table"), made.Split("KeyTable:     ")[1].Split('\n')[0] + "\n");
        await File.WriteAllTextAsync(_folder.File("signing"), made.Split("SigningTable: ")[1].Split('\n')[0] + "\n");
        Assert.Equal((0, "good"), await CheckAsync(signing, string.Concat(strings)));
        Assert.Equal((1, "there is no record; publish"), await CheckAsync(signing, null));
        Assert.Equal((1, "the key is revoked; publish"), await CheckAsync(signing, "v=DKIM1; p="));
        await RunAsync(new DkimOptions(), null, $"keygen example.test other --folder keys {options}");
        var other = Filters.Dkim.Signing.SigningKey.Parse(await File.ReadAllTextAsync(_folder.File("keys/other.private")));
        Assert.Equal((1, $"the record is of another key than {_folder.File("keys/mail.private")}; publish"), await CheckAsync(signing, KeyRecord.Of(other)));
        // A record beside it, as while keys are changed, does no harm.
        Assert.Equal((0, "good"), await CheckAsync(signing, KeyRecord.Of(other), string.Concat(strings)));
    }

    [Fact]
    public async Task Key_is_never_written_over()
    {
        await RunAsync(new DkimOptions(), null, "keygen example.test mail");
        var before = await File.ReadAllTextAsync(_folder.File("dkim/mail.private"));
        await Assert.ThrowsAsync<ConfigurationException>(() => RunAsync(new DkimOptions(), null, "keygen example.test mail"));
        Assert.Equal(before, await File.ReadAllTextAsync(_folder.File("dkim/mail.private")));
    }

    [Theory]
    [InlineData("")]
    [InlineData("keygen")]
    [InlineData("keygen example.test")]
    [InlineData("keygen example.test ../mail")]
    [InlineData("keygen exa_mple mail")]
    [InlineData("keygen example.test mail --bits 1023")]
    [InlineData("keygen example.test mail --bits 4097")]
    [InlineData("keygen example.test mail --bits")]
    [InlineData("keygen example.test mail --nonsense")]
    [InlineData("sign")]
    public async Task Wrong_words_get_the_right_ones(string words)
    {
        var (code, _, errors) = await RunAsync(new DkimOptions(), null, words);
        Assert.Equal(2, code);
        Assert.Contains("policymta dkim keygen DOMAIN SELECTOR", errors, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.Path));
    }

    [Fact]
    public async Task Keys_for_any_domain_are_checked_for_those_that_are_named()
    {
        await RunAsync(new DkimOptions(), null, "keygen example.test mail --folder keys");
        await File.WriteAllTextAsync(_folder.File("table"), "all %:mail:keys/mail.private\n");
        var options = new DkimOptions(KeyTable: "table", SigningTable: "refile:signing");
        var (code, output, _) = await RunAsync(options, null, "check");
        Assert.Equal(0, code);
        Assert.StartsWith("mail._domainkey.%: not checked", output, StringComparison.Ordinal);
        (code, output, _) = await RunAsync(options, null, "check one.test two.test");
        Assert.Equal(1, code);
        Assert.Contains("mail._domainkey.one.test: there is no record", output, StringComparison.Ordinal);
        Assert.Contains("mail._domainkey.two.test: there is no record", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Short_keys_open_files_and_silent_dns_are_told()
    {
        await RunAsync(new DkimOptions(), null, "keygen example.test mail --bits 1024");
        File.SetUnixFileMode(_folder.File("dkim/mail.private"), (UnixFileMode)Convert.ToInt32("644", 8));
        var options = new DkimOptions(KeyFile: "dkim/mail.private", Selector: "mail") { Domain = ["example.test"] };
        var zone = new KeyZone(new Dictionary<string, string[]?> { ["mail._domainkey.example.test"] = null });
        var (code, output, _) = await RunAsync(options, zone, "check");
        Assert.Equal(1, code);
        Assert.Contains("1024 bits are few", output, StringComparison.Ordinal);
        Assert.Contains("chmod 600", output, StringComparison.Ordinal);
        Assert.Contains("mail._domainkey.example.test: DNS can't say now", output, StringComparison.Ordinal);
        (code, output, _) = await RunAsync(options with { MinimumKeyBits = 2048 }, zone, "check");
        Assert.Equal(1, code);
        Assert.Contains("the key has 1024 bits; minimum_key_bits is 2048", output, StringComparison.Ordinal);
        (code, output, _) = await RunAsync(new DkimOptions(), zone, "check");
        Assert.Equal((1, "nothing signs: there is no key_file and no key_table\n"), (code, output));
    }

    private async Task<(int Code, string Problem)> CheckAsync(DkimOptions options, params string[]? records)
    {
        var zone = new KeyZone(new Dictionary<string, string[]?> { ["mail._domainkey.example.test"] = records ?? [] });
        var (code, output, _) = await RunAsync(options, zone, "check");
        return (code, output.Split('\n').Single(line => line.StartsWith("mail._domainkey.example.test: ", StringComparison.Ordinal) && !line.Contains(": note: ", StringComparison.Ordinal))["mail._domainkey.example.test: ".Length..]);
    }

    private async Task<(int Code, string Output, string Errors)> RunAsync(DkimOptions options, KeyZone? zone, string words)
    {
        using var output = new StringWriter(CultureInfo.InvariantCulture) { NewLine = "\n" };
        using var errors = new StringWriter(CultureInfo.InvariantCulture) { NewLine = "\n" };
        var command = new DkimCommand(options, path => Path.GetFullPath(path, _folder.Path), zone ?? new KeyZone(new Dictionary<string, string[]?>()));
        var code = await command.RunAsync(words.Split(' ', StringSplitOptions.RemoveEmptyEntries), output, errors, CancellationToken.None);
        return (code, output.ToString(), errors.ToString());
    }
}
