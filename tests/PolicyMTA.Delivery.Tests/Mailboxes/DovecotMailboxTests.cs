using System.Diagnostics;
using System.Globalization;
using PolicyMTA.Delivery.Local;
using PolicyMTA.Delivery.Mailboxes;
using PolicyMTA.Delivery.Tests.Support;
using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Tests.Mailboxes;

/// <summary>Mailboxes that a real Dovecot reads and counts too.</summary>
public sealed class DovecotMailboxTests : IDisposable
{
    private const string Address = "alice@example.test";
    private static readonly UserAccount Mail = UserAccounts.OfSystem.Find("mail")!;
    private readonly TemporaryFolder _folder = new();

    public DovecotMailboxTests()
    {
        if (!Environment.IsPrivilegedProcess) Assert.Skip("doveadm takes root to become a mailbox's owner");
        if (!File.Exists("/usr/bin/doveadm"))
        {
            if (Environment.GetEnvironmentVariable("POLICYMTA_PEERS") == "required") Assert.Fail("doveadm is not installed");
            Assert.Skip("doveadm is not installed");
        }
        File.SetUnixFileMode(_folder.Path, (UnixFileMode)0b111_111_111);
    }

    public void Dispose() => _folder.Dispose();

    private string Maildir => Path.Combine(_folder.Path, "alice");
    private string SizeFile => Path.Combine(Maildir, "maildirsize");

    [Fact]
    public async Task Sum_that_Dovecot_counted_is_carried_on_and_Dovecot_carries_on_ours()
    {
        await using var office = Office("alice/", 100_000);
        Assert.Equal("2.0.0", await SendAsync(office, "first"));
        await DoveadmAsync(100_000, "mailbox", "create", "Sent");
        await DoveadmAsync(100_000, "copy", "Sent", "mailbox", "INBOX", "all");
        Assert.Contains("MESSAGE     2", await DoveadmAsync(100_000, "quota", "get"), StringComparison.Ordinal);

        await DoveadmAsync(100_000, "quota", "recalc");
        Assert.Equal("2.0.0", await SendAsync(office, "second message"));
        var ours = Read();
        Assert.Equal(3, ours.Count);
        Assert.Contains("MESSAGE     3", await DoveadmAsync(100_000, "quota", "get"), StringComparison.Ordinal);
        await DoveadmAsync(100_000, "quota", "recalc");
        Assert.Equal((ours.Bytes, ours.Count), (Read().Bytes, Read().Count));
        Assert.Equal((ours.Bytes, ours.Count), MaildirCount.Of(Maildir));
    }

    [Theory]
    [InlineData(1000, "2.0.0")]
    [InlineData(200, "4.2.2")]
    public async Task Mailbox_that_Dovecot_filled_is_full_for_us(long quota, string status)
    {
        await using (var before = Office("alice/", 0)) await SendAsync(before, "first");
        await DoveadmAsync(quota, "quota", "recalc");
        Assert.Equal(1, Read().Count);
        await using var office = Office("alice/", quota);
        Assert.Equal(status, await SendAsync(office, "second"));
    }

    [Fact]
    public async Task Mbox_file_is_read_by_Dovecot_and_grows_while_it_does()
    {
        Directory.CreateDirectory(Path.Combine(_folder.Path, "control"), (UnixFileMode)0b111_111_111);
        File.SetUnixFileMode(Path.Combine(_folder.Path, "control"), (UnixFileMode)0b111_111_111);
        await using var office = Office("box", 0);
        await SendAsync(office, "one", "From here\n\nFrom there\n");
        await SendAsync(office, "two");
        string[] fetch = ["-o", $"mail_location=mbox:{_folder.Path}/control:INBOX={_folder.Path}/box", "fetch", "hdr.subject body", "all"];
        Assert.Equal("hdr.subject: one\nbody:\n>From here\n\n>From there\n\nhdr.subject: two\nbody:\ntext", Text(await DoveadmAsync(0, fetch)));
        await SendAsync(office, "three");
        Assert.EndsWith("hdr.subject: three\nbody:\ntext", Text(await DoveadmAsync(0, fetch)), StringComparison.Ordinal);
    }

    private static string Text(string output) => string.Join('\n', output.Split('\n').Select(line => line.TrimEnd('\r', '\f'))).TrimEnd();

    private MaildirSize Read() => MaildirSize.TryParse(File.ReadAllBytes(SizeFile), out var size) ? size : throw new FormatException(File.ReadAllText(SizeFile));

    private int _sent;

    private async Task<string> SendAsync(Office office, string subject, string body = "text\n")
    {
        var message = Post.Message($"Subject: {subject}\n\n{body}") with { Id = new QueueId("643CF11C3F" + _sent++) };
        return (await office.SendAsync(message, "example.test", "maildir", Address))[0].Status.ToString();
    }

    private async Task<string> DoveadmAsync(long quota, params string[] arguments)
    {
        var configuration = Path.Combine(_folder.Path, "dovecot.conf");
        await File.WriteAllTextAsync(configuration, $$"""
            base_dir = {{_folder.Path}}/run
            state_dir = {{_folder.Path}}/state
            log_path = /dev/stderr
            ssl = no
            first_valid_uid = 1
            mail_uid = {{Mail.Id}}
            mail_gid = {{Mail.Group}}
            mail_location = maildir:{{Maildir}}
            mail_plugins = quota
            plugin {
              quota = maildir:User quota
              quota_rule = *:bytes={{quota}}
            }
            """);
        var info = new ProcessStartInfo("/usr/bin/doveadm", ["-c", configuration, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        (info.Environment["HOME"], info.Environment["USER"]) = (_folder.Path, "root");
        using var process = Process.Start(info)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(30));
        Assert.True(process.ExitCode == 0, await errors);
        return await output;
    }

    private Office Office(string path, long quota) => new(Support.Office.Settings() with
    {
        VirtualMailboxBase = _folder.Path,
        VirtualMailboxMaps = [new FakeTable((Address, path))],
        Virtual = new VirtualSettings
        {
            MinimumUserId = 1, UserIdMaps = [Table(Mail.Id)], GroupIdMaps = [Table(Mail.Group)], QuotaMaps = [Table(quota)],
        },
    });

    private static FakeTable Table(long value) => new((Address, value.ToString(CultureInfo.InvariantCulture)));
}
