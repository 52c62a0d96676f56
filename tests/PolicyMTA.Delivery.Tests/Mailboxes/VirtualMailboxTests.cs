using PolicyMTA.Delivery.Local;
using PolicyMTA.Delivery.Tests.Support;
using PolicyMTA.Queue;
using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Tests.Mailboxes;

/// <summary>Virtual mailboxes in one file, and the limits, quotas and owners of all.</summary>
public sealed class VirtualMailboxTests : IDisposable
{
    // Of the message of Post with its line ends: 43 bytes; the fields in front take 113.
    private const string Address = "alice@example.test";
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string Maildir => Path.Combine(_folder.Path, "alice");
    private string SizeFile => Path.Combine(Maildir, "maildirsize");
    private string Box => Path.Combine(_folder.Path, "boxes/alice");

    [Fact]
    public async Task Path_without_a_slash_is_a_file_in_mbox_format()
    {
        await using var office = Office("boxes/alice");
        await office.SendAsync("example.test", Address, "maildir");
        var message = Post.Message("Subject: x\n\nFrom here\n>From there\nend");
        Assert.Equal("delivered to mailbox", (await office.SendAsync(message, "example.test", "maildir", Address))[0].Text);
        const string Fields = "From joe@good.test  Sun Nov 22 16:45:56 2026\nReturn-Path: <joe@good.test>\nX-Original-To: alice@example.test\nDelivered-To: alice@example.test\n";
        Assert.Equal($"{Fields}From: joe@good.test\nSubject: s82\n\ndead\n\n{Fields}Subject: x\n\n>From here\n>From there\nend\n\n", await File.ReadAllTextAsync(Box));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Box));
    }

    [Theory]
    [InlineData("alice/", 0)]
    [InlineData("alice/", 1)]
    [InlineData("boxes/alice", 0)]
    [InlineData("boxes/alice", 1)]
    public async Task File_may_be_as_large_as_the_limit(string path, int tooMany)
    {
        await using (var first = Office(path)) await first.SendAsync("example.test", Address, "maildir");
        var file = path.EndsWith('/') ? Directory.GetFiles(Path.Combine(Maildir, "new"))[0] : Box;
        var length = new FileInfo(file).Length;
        File.Delete(file);

        await using var office = Office(path, new VirtualSettings { MailboxLimit = length - tooMany });
        var outcome = await office.SendAsync("example.test", Address, "maildir");
        Assert.Equal(tooMany == 0 ? "2.0.0" : "5.2.2", outcome.Status.ToString());
        if (tooMany > 0) Assert.EndsWith("error writing message: File too large", outcome.Text, StringComparison.Ordinal);
        Assert.Equal(tooMany == 0 ? length : 0, File.Exists(file) ? new FileInfo(file).Length : 0);
    }

    [Fact]
    public async Task Each_delivery_adds_a_line_to_the_sum_and_a_repeat_none()
    {
        await using var office = Office("alice/", Quota(100_000));
        await office.SendAsync("example.test", Address, "maildir");
        var length = new FileInfo(Assert.Single(Directory.GetFiles(Path.Combine(Maildir, "new")))).Length;
        Assert.Equal($"100000S\n0 0\n{length} 1\n", await File.ReadAllTextAsync(SizeFile));
        var retried = Post.To(Address)[0] with { Attempts = 1 };
        await office.Deliverer.DeliverAsync(Post.Message(), [retried], new Route("maildir", "example.test"), CancellationToken.None);
        Assert.Equal($"100000S\n0 0\n{length} 1\n", await File.ReadAllTextAsync(SizeFile));
    }

    [Theory]
    [InlineData(0, false, "2.0.0")]
    [InlineData(1, false, "4.2.2")]
    [InlineData(1, true, "5.2.2")]
    public async Task Mail_beyond_the_quota_waits_or_comes_back(int missing, bool bounces, string status)
    {
        var need = Post.Message().Content.Length + "Return-Path: <joe@good.test>\nX-Original-To: alice@example.test\nDelivered-To: alice@example.test\n".Length;
        await using var office = Office("alice/", Quota(1000 + need - missing) with { OverquotaBounce = bounces });
        Put(".Sent/cur/1:2,S", 1000);
        var outcome = await office.SendAsync("example.test", Address, "maildir");
        Assert.Equal(status, outcome.Status.ToString());
        if (missing > 0) Assert.Equal("Quota exceeded (mailbox for user is full)", outcome.Text);
        Assert.Equal(missing == 0, Directory.EnumerateFiles(Path.Combine(Maildir, "new")).Any());
        Assert.Empty(Directory.GetFiles(Path.Combine(Maildir, "tmp")));
    }

    [Fact]
    public async Task Sub_folders_count_and_what_is_thrown_away_does_not()
    {
        Put("cur/1:2,S", 100);
        Put("new/2", 20);
        Put("cur/3:2,ST", 1000);
        Put(".Sent/cur/4,S=5000:2,S", 3);
        Put(".Sent.2026/new/5", 40_000);
        Put(".Trash/cur/6:2,S", 1000);
        Put("tmp/7", 1000);
        await using var office = Office("alice/", Quota(100_000));
        await office.SendAsync("example.test", Address, "maildir");
        Assert.StartsWith("100000S\n45120 4\n", await File.ReadAllTextAsync(SizeFile), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1000000S\n999999 3\n", 10, "4.2.2")] // one line, and young: believed
    [InlineData("1000000S\n999999 3\n", 15, "4.2.2")]
    [InlineData("1000000S\n999999 3\n", 16, "2.0.0")]
    [InlineData("1000000S\n999990 2\n9 1\n", 0, "2.0.0")]
    [InlineData("500000S\n999999 3\n", 0, "2.0.0")] // another quota
    [InlineData("1000000S\nrubbish\n", 0, "2.0.0")]
    [InlineData("1000000S,3C\n10 3\n", 10, "4.2.2")]
    [InlineData("1000000S,3C\n10 2\n", 10, "2.0.0")]
    public async Task Sum_is_counted_anew_before_mail_is_refused_for_an_old_one(string file, int minutes, string status)
    {
        Put("cur/1:2,S", 100);
        await File.WriteAllTextAsync(SizeFile, file);
        File.SetLastWriteTimeUtc(SizeFile, Post.Arrived.UtcDateTime.AddMinutes(-minutes));
        await using var office = Office("alice/", Quota(1_000_000));
        Assert.Equal(status, (await office.SendAsync("example.test", Address, "maildir")).Status.ToString());
    }

    [Theory]
    [InlineData("12x", "4.3.5")]
    [InlineData("-1", "4.3.5")]
    [InlineData("!", "4.3.0")]
    [InlineData("0", "2.0.0")]
    public async Task Quota_that_is_no_number_keeps_the_mail(string value, string status)
    {
        await using var office = Office("alice/", new VirtualSettings { QuotaMaps = [new FakeTable((Address, value))] });
        Assert.Equal(status, (await office.SendAsync("example.test", Address, "maildir")).Status.ToString());
        Assert.False(File.Exists(SizeFile));
    }

    [Theory]
    [InlineData("99", "5000", "4.3.5")]
    [InlineData("5000", "0", "4.3.5")]
    [InlineData("vmail", "5000", "4.3.5")]
    [InlineData("-5", "5000", "4.3.5")]
    [InlineData("4294967295", "5000", "4.3.5")]
    [InlineData("!", "5000", "4.3.0")]
    [InlineData(null, "5000", "4.3.5")]
    [InlineData("5000", null, "4.3.5")]
    public async Task Owner_that_the_tables_do_not_say_keeps_the_mail(string? user, string? group, string status)
    {
        await using var office = Office("alice/", Owner(user, group));
        var outcome = await office.SendAsync("example.test", Address, "maildir");
        Assert.Equal(status, outcome.Status.ToString());
        Assert.StartsWith("mail system configuration error", outcome.Text, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Maildir));
    }

    [Theory]
    [InlineData("alice/")]
    [InlineData("alice")]
    public async Task Mailbox_is_made_as_its_owner(string path)
    {
        await using var office = Office(path, Owner("5001", "5002"));
        if (UserRights.OwnId != 0)
        {
            var refused = await office.SendAsync("example.test", Address, "maildir");
            Assert.Equal("4.2.0", refused.Status.ToString());
            Assert.EndsWith("cannot act as user id 5001: this server does not run as root", refused.Text, StringComparison.Ordinal);
            return;
        }
        File.SetUnixFileMode(_folder.Path, (UnixFileMode)0b111_111_111);
        Assert.Equal("2.0.0", (await office.SendAsync("example.test", Address, "maildir")).Status.ToString());
        var made = Directory.Exists(Maildir) ? Directory.GetFileSystemEntries(Maildir, "*", SearchOption.AllDirectories).Append(Maildir) : [Maildir];
        Assert.All(made, name => Assert.Equal((5001u, 5002u), FileFacts.Find(name) is { } facts ? (facts.Owner, facts.Group) : default));
    }

    [Theory]
    [InlineData("alice/", "alice")]
    [InlineData("alice/", "alice/new")]
    [InlineData("alice", "alice")]
    public async Task Link_in_a_mailbox_leads_nowhere_its_owner_could_not_go(string path, string link)
    {
        if (UserRights.OwnId != 0) Assert.Skip("only root may act as another user");
        var secret = Path.Combine(_folder.Path, "secret");
        Directory.CreateDirectory(secret);
        File.SetUnixFileMode(_folder.Path, (UnixFileMode)0b111_111_111);
        Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(_folder.Path, link))!);
        var target = path.EndsWith('/') ? secret : Path.Combine(secret, "file");
        if (!path.EndsWith('/')) await File.WriteAllTextAsync(target, "");
        Directory.CreateSymbolicLink(Path.Combine(_folder.Path, link), target);
        await using var office = Office(path, Owner("5001", "5001") with { StrictOwnership = false });
        Assert.Equal("4.2.0", (await office.SendAsync("example.test", Address, "maildir")).Status.ToString());
        Assert.DoesNotContain(Directory.GetFiles(secret, "*", SearchOption.AllDirectories), name => new FileInfo(name).Length > 0);
    }

    [Fact]
    public async Task Mailbox_file_of_somebody_else_is_left_alone()
    {
        if (UserRights.OwnId != 0) Assert.Skip("only root may act as another user");
        await File.WriteAllTextAsync(Maildir, "");
        await using var office = Office("alice", Owner("5001", "5001"));
        Assert.Equal("4.2.0", (await office.SendAsync("example.test", Address, "maildir")).Status.ToString());
        Assert.Equal("", await File.ReadAllTextAsync(Maildir));
    }

    [Theory]
    [InlineData("alice/", "delivered to maildir")]
    [InlineData("boxes/alice", "delivered to mailbox")]
    public async Task Message_taken_out_of_a_mailbox_may_be_sent_into_it_again(string path, string text)
    {
        await using var office = Office(path);
        var outcome = (await office.SendAsync(Post.Message("Received: from a by b\nDelivered-To: alice@example.test\nSubject: x\n\ntext\n"), "example.test", "maildir", Address))[0];
        Assert.Equal(("2.0.0", text), (outcome.Status.ToString(), outcome.Text));
    }

    private void Put(string path, int length)
    {
        var file = Path.Combine(Maildir, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, new string('x', length));
    }

    private static VirtualSettings Quota(long bytes) => new() { QuotaMaps = [new FakeTable((Address, bytes.ToString(System.Globalization.CultureInfo.InvariantCulture)))] };

    private static VirtualSettings Owner(string? user, string? group) => new() { UserIdMaps = [Table(user)], GroupIdMaps = [Table(group)] };

    private static FakeTable Table(string? value) => value is null ? new FakeTable() : new FakeTable((Address, value));

    private Office Office(string path, VirtualSettings? settings = null) => new(Support.Office.Settings() with
    {
        VirtualMailboxBase = _folder.Path, VirtualMailboxMaps = [new FakeTable((Address, path))], Virtual = settings ?? new VirtualSettings(),
    });
}
