using System.Text;
using PolicyMTA.Delivery.Mailboxes;
using PolicyMTA.Delivery.Tests.Support;
using PolicyMTA.Queue;
using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Tests.Mailboxes;

public sealed class MaildirTests : IDisposable
{
    private const string Name = "1795365956.Q643CF11C3F0R0.example.test";
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Message_lies_in_new_with_its_trace_fields_and_unix_line_ends()
    {
        await using var office = Office();
        var outcome = await office.SendAsync("example.test", "Alice@example.test", "maildir");
        Assert.Equal((DeliveryAction.Delivered, "2.0.0", "delivered to maildir", true), (outcome.Action, outcome.Status.ToString(), outcome.Text, outcome.IsFinal));
        Assert.Equal("Return-Path: <joe@good.test>\nX-Original-To: Alice@example.test\nDelivered-To: Alice@example.test\nFrom: joe@good.test\nSubject: s82\n\ndead\n", Read("new", Name));
        Assert.Empty(Directory.GetFiles(Path.Combine(Alice, "tmp")));
    }

    [Fact]
    public async Task Folders_and_files_are_private()
    {
        await using var office = Office();
        await office.SendAsync("example.test", "alice@example.test", "maildir");
        const UnixFileMode Folder = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        if (OperatingSystem.IsWindows()) return;
        foreach (var part in new[] { "", "tmp", "new", "cur" }) Assert.Equal(Folder, File.GetUnixFileMode(Path.Combine(Alice, part)));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(Alice, "new", Name)));
    }

    [Theory]
    [InlineData("new", Name)]
    [InlineData("cur", Name + ":2,S")]
    public async Task Repeat_after_a_crash_is_recognised(string place, string name)
    {
        await using var office = Office();
        Directory.CreateDirectory(Path.Combine(Alice, place));
        await File.WriteAllTextAsync(Path.Combine(Alice, place, name), "the first one");
        var retried = Post.To("alice@example.test")[0] with { Attempts = 1 };
        var outcomes = await office.Deliverer.DeliverAsync(Post.Message(), [retried], new Route("maildir", "example.test"), CancellationToken.None);
        Assert.Equal("delivered to maildir", outcomes[0].Text);
        Assert.Equal("the first one", Read(place, name));
        Assert.Single(Directory.GetFiles(Alice, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task Torn_beginning_of_a_crashed_delivery_is_written_over()
    {
        await using var office = Office();
        Directory.CreateDirectory(Path.Combine(Alice, "tmp"));
        await File.WriteAllTextAsync(Path.Combine(Alice, "tmp", Name), new string('x', 10_000));
        await office.SendAsync("example.test", "alice@example.test", "maildir");
        Assert.EndsWith("\n\ndead\n", Read("new", Name));
        Assert.Empty(Directory.GetFiles(Path.Combine(Alice, "tmp")));
    }

    [Fact]
    public async Task Failed_write_leaves_nothing_behind()
    {
        await using var office = Office();
        var message = Post.Message() with { Content = new TornContent() };
        var outcomes = await office.SendAsync(message, "example.test", "maildir", "alice@example.test");
        Assert.Equal(DeliveryAction.Deferred, outcomes[0].Action);
        Assert.Empty(Directory.GetFiles(Path.Combine(Alice, "tmp")));
    }

    /// <summary>A content whose end can't be had: to the mailbox it is a write that fails half way.</summary>
    private sealed class TornContent : IMessageContent
    {
        private int _asked;

        public long Length => 1;
        // Asked for first to see whether there are any, then to be written.
        public IReadOnlyList<ReadOnlyMemory<byte>> Segments => _asked++ == 0 ? [] : throw new IOException("No space left on device");
        public ValueTask<Stream> OpenReadAsync(CancellationToken cancellationToken) => new(new MemoryStream());
    }

    [Theory]
    [InlineData("nobody@example.test", DeliveryAction.Failed, "5.1.1", "unknown user: \"nobody@example.test\"")]
    [InlineData("broken@example.test", DeliveryAction.Deferred, "4.3.0", "mail system configuration error: virtual_mailbox_maps lookup failed")]
    [InlineData("escape@example.test", DeliveryAction.Deferred, "4.3.5", "mail system configuration error: bad mailbox path")]
    [InlineData("file@example.test", DeliveryAction.Deferred, "4.2.0", "maildir delivery failed: cannot write to the mailbox")]
    public async Task Trouble_is_told_apart(string address, DeliveryAction action, string status, string text)
    {
        await using var office = Office();
        await File.WriteAllTextAsync(Path.Combine(_folder.Path, "file"), "");
        var outcome = await office.SendAsync("example.test", address, "maildir");
        Assert.Equal((action, status, text), (outcome.Action, outcome.Status.ToString(), outcome.Text));
    }

    [Fact]
    public async Task Extension_and_catch_all_find_their_mailbox()
    {
        await using var office = Office();
        var outcomes = await office.SendAsync(Post.Message(), "example.test", "maildir", "alice+tag@example.test", "any@catchall.test");
        Assert.All(outcomes, o => Assert.Equal(DeliveryAction.Delivered, o.Action));
        Assert.Single(Directory.GetFiles(Path.Combine(Alice, "new")));
        Assert.Single(Directory.GetFiles(Path.Combine(_folder.Path, "catchall/new")));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Large_message_arrives_whole_wherever_it_was_split(bool isOnDisk)
    {
        await using var office = Office();
        var text = string.Concat(Enumerable.Range(0, 40_000).Select(i => $"line {i}\r\n")) + "bare\rcr and an open end\r";
        var cr = text.IndexOf("\r\n", 70_000, StringComparison.Ordinal);
        var message = Post.Message() with { Content = new MemoryContent(Encoding.ASCII.GetBytes(text), isOnDisk, splitAt: cr + 1) };
        await office.SendAsync(message, "example.test", "maildir", "alice@example.test");
        Assert.EndsWith("Delivered-To: alice@example.test\n" + text.Replace("\r\n", "\n"), Read("new", Name));
    }

    [Theory]
    [InlineData("example.test/alice/", "/mail/example.test/alice")]
    [InlineData("/example.test/alice/", "/mail/example.test/alice")]
    [InlineData("../etc/", null)]
    [InlineData("a/../../etc/", null)]
    [InlineData("./", null)]
    [InlineData("", null)]
    [InlineData("example.test/alice", "/mail/example.test/alice")]
    [InlineData(".", null)]
    [InlineData("/", null)]
    public void Mailbox_never_leaves_its_base(string value, string? path) => Assert.Equal(path, MailboxPath.Find("/mail", value, out _));

    private string Alice => Path.Combine(_folder.Path, "example.test/alice");

    private string Read(string place, string name) => File.ReadAllText(Path.Combine(Alice, place, name));

    private Office Office() => new(Support.Office.Settings() with
    {
        VirtualMailboxBase = _folder.Path,
        RecipientDelimiter = "+",
        VirtualMailboxMaps =
        [
            new FakeTable(("alice@example.test", "example.test/alice/"), ("@catchall.test", "catchall/"), ("broken@example.test", "!"),
                ("escape@example.test", "../outside/"), ("mbox@example.test", "mbox"), ("file@example.test", "file/")),
        ],
    });
}
