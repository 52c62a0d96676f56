using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;
using PolicyMTA.Receiving.Submission;
using PolicyMTA.Sdk;

namespace PolicyMTA.Receiving.Tests;

public sealed partial class MaildropTests
{
    [Fact]
    public async Task Submitted_message_is_queued_with_the_fields_it_lacks_and_without_its_secrets()
    {
        await using var server = await MaildropServer.StartAsync();

        await server.SubmitAsync("To: alice@example.test\nBcc: bob@example.test\nReturn-Path: <x@y.test>\nSubject: hi\n\none\n.\ntwo\n", "anna", "alice@example.test", "bob");

        var (entry, content) = await server.QueuedAsync();
        Assert.Equal(("anna@example.test", OriginKind.Local), (entry.Sender.ToString(), entry.Origin.Kind));
        Assert.Equal(["alice@example.test", "bob@example.test"], entry.Recipients.Select(recipient => recipient.Address.ToString()));
        var uid = SystemUsers.Current.Id;
        Assert.Matches(
            $"^Received: by mx\\.example\\.test \\(PolicyMTA, from userid {uid}\\)\r\n\tid {entry.Id}; [^\r]+\r\nTo: alice@example\\.test\r\nSubject: hi\r\nMessage-Id: <\\d{{14}}\\.{entry.Id}@mx\\.example\\.test>\r\nDate: [^\r]+\r\nFrom: anna@example\\.test\r\n\r\none\r\n\\.\r\ntwo\r\n$",
            content);
        Assert.Contains($"{entry.Id}: uid={uid} from=<anna@example.test>", server.Log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_there_stays_as_it_is()
    {
        await using var server = await MaildropServer.StartAsync();
        const string message = "Message-ID: <a@b>\r\nDate: Mon, 5 Jan 2026 12:00:00 +0000\r\nfrom:  Anna  <anna@example.test>\r\nSubject: folded\r\n line\r\n\r\nbody\r\n";

        await server.SubmitAsync(message);

        Assert.EndsWith(")\r\n" + message, (await server.QueuedAsync()).Content, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Anna Müller", "From: Anna Müller <anna@example.test>")]
    [InlineData("Anna \"A.\" <M>", "From: \"Anna \\\"A.\\\" <M>\" <anna@example.test>")]
    public async Task Full_name_stands_in_the_From_field(string name, string expected)
    {
        await using var server = await MaildropServer.StartAsync();
        await server.SubmitAsync("\nbody\n"u8.ToArray(), new SubmittedEnvelope { Sender = "anna@example.test", Recipients = ["alice@example.test"], FullName = name });
        Assert.Contains(expected, Encoding.UTF8.GetString(Encoding.Latin1.GetBytes((await server.QueuedAsync()).Content)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Resent_message_gets_resent_fields()
    {
        await using var server = await MaildropServer.StartAsync();
        await server.SubmitAsync("Resent-To: alice@example.test\nFrom: x@y.test\nDate: Mon, 5 Jan 2026 12:00:00 +0000\nMessage-Id: <a@b>\n\nbody\n");
        var (_, content) = await server.QueuedAsync();
        Assert.Matches("Resent-Message-Id: <[^\r]+\r\nResent-Date: [^\r]+\r\nResent-From: anna@example\\.test\r\n", content);
    }

    [Fact]
    public async Task Reports_are_asked_for_as_the_envelope_says()
    {
        await using var server = await MaildropServer.StartAsync();
        await server.SubmitAsync("\nbody\n"u8.ToArray(), new SubmittedEnvelope { Sender = "", Recipients = ["alice@example.test"], Notify = Notify.Success | Notify.Delay, Ret = Ret.Headers, EnvelopeId = "id 1" });
        var (entry, _) = await server.QueuedAsync();
        Assert.True(entry.Sender.IsNull);
        Assert.Equal((Ret.Headers, "id 1", Notify.Success | Notify.Delay), (entry.Mail.Ret, entry.Mail.EnvelopeId, entry.Recipients[0].Parameters.Notify));
    }

    [Fact]
    public async Task Whoever_may_submit_may_write_to_strangers()
    {
        await using var server = await MaildropServer.StartAsync();
        await server.SubmitAsync("\nbody\n", "anna", "x@elsewhere.test");
        Assert.Equal("x@elsewhere.test", (await server.QueuedAsync()).Entry.Recipients[0].Address.ToString());
    }

    [Fact]
    public async Task Drops_that_came_before_the_server_are_picked_up_at_its_start()
    {
        await using var server = await MaildropServer.PrepareAsync();
        for (var i = 0; i < 20; i++) await server.SubmitAsync($"Subject: {i}\n\n{i}\n");
        await server.RunAsync();
        await server.UntilPickedUpAsync();
        Assert.Equal(20, (await server.Receiving.QueuedAsync()).Count);
    }

    [Theory]
    [InlineData("reject('not you')")]
    [InlineData("discard('spam')")]
    [InlineData("defer('later')")]
    [InlineData("hold('look at it', { name: 'local' })")]
    [InlineData("prepend('X-User: ' + user.name + ' ' + user.uid)")]
    public async Task Policy_of_the_stage_decides(string verdict)
    {
        var functions = VerdictName().Match(verdict).Value;
        await using var server = await MaildropServer.StartAsync($"import {{ {functions} }} from 'policymta'; export default ({{ user, message, recipients }}) => message.header('Subject') === 'x' && recipients.length === 1 ? {verdict} : undefined;");
        await server.SubmitAsync("Subject: x\n\nbody\n");
        switch (functions)
        {
            case "reject":
                // It is returned by whoever delivers; here nobody does.
                var refused = (await server.QueuedAsync()).Entry;
                Assert.Equal("refused", refused.Recipients[0].HoldName);
                await server.UntilAsync(() => Task.FromResult(server.Log.Text.Contains($"{refused.Id}: local submission refused and returned:", StringComparison.Ordinal)));
                break;
            case "discard":
                await server.UntilAsync(() => Task.FromResult(server.Log.Text.Contains("local submission discarded", StringComparison.Ordinal)));
                Assert.Empty(await server.Receiving.QueuedAsync());
                break;
            case "defer":
                await server.UntilAsync(() => Task.FromResult(server.Log.Text.Contains("can't be taken now", StringComparison.Ordinal)));
                Assert.Empty(await server.Receiving.QueuedAsync());
                Assert.Single(server.Taken);
                break;
            case "hold":
                Assert.Equal("local", (await server.QueuedAsync()).Entry.Recipients[0].HoldName);
                break;
            default:
                var user = SystemUsers.Current;
                Assert.StartsWith($"X-User: {user.Name} {user.Id}\r\nReceived: by ", (await server.QueuedAsync()).Content, StringComparison.Ordinal);
                break;
        }
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, false)]
    public async Task Size_limit_has_two_sides(int more, bool isTaken)
    {
        await using var server = await MaildropServer.StartAsync(change: settings => settings with { MessageSizeLimit = 10_000 });
        var start = "Subject: x\r\n\r\n";
        await server.SubmitAsync(start + new string('x', 10_000 - start.Length - 2 + more) + "\r\n");
        await server.UntilPickedUpAsync();
        Assert.Equal((isTaken ? 1 : 0, isTaken ? 0 : 1), ((await server.Receiving.QueuedAsync()).Count, server.SetAside.Count));
    }

    [Theory]
    [InlineData(50, null)]
    [InlineData(51, "refused")]
    public async Task Mail_that_goes_round_is_returned(int hops, string? hold)
    {
        await using var server = await MaildropServer.StartAsync();
        await server.SubmitAsync(string.Concat(Enumerable.Repeat("Received: by x\n", hops)) + "\nbody\n");
        Assert.Equal(hold ?? "hold", (await server.QueuedAsync()).Entry.Recipients[0].HoldName);
    }

    [Fact]
    public async Task User_who_may_not_submit_is_set_aside()
    {
        await using var server = await MaildropServer.StartAsync(change: settings => settings with { AuthorizedUsers = UserList.Parse(["!" + SystemUsers.Current.Name, "static:anyone"]) });
        await server.SubmitAsync("\nbody\n");
        await server.UntilPickedUpAsync();
        Assert.Empty(await server.Receiving.QueuedAsync());
        Assert.Contains("is not in authorized_submit_users", server.Log.Text, StringComparison.Ordinal);
        Assert.Single(server.SetAside);
    }

    [Fact]
    public async Task What_is_no_plain_file_of_one_name_is_set_aside_unread()
    {
        await using var server = await MaildropServer.PrepareAsync();
        var secret = Path.Combine(server.Folder, "secret");
        await File.WriteAllBytesAsync(secret, await server.DropAsync());
        File.CreateSymbolicLink(Path.Combine(server.Folder, "drop-symlink"), secret);
        using (var pipe = Process.Start("mkfifo", Path.Combine(server.Folder, "drop-pipe"))) await pipe.WaitForExitAsync();
        using (var link = Process.Start("ln", [secret, Path.Combine(server.Folder, "drop-hardlink")])) await link.WaitForExitAsync();
        Directory.CreateDirectory(Path.Combine(server.Folder, "drop-folder"));
        await server.RunAsync();
        await server.UntilAsync(() => Task.FromResult(server.SetAside.Count == 3));
        Assert.Empty(await server.Receiving.QueuedAsync());
        Assert.True(File.Exists(secret));
    }

    [Fact]
    public async Task Spoilt_drops_are_set_aside_and_none_is_lost()
    {
        await using var server = await MaildropServer.PrepareAsync();
        var whole = await server.DropAsync();
        var random = new Random(31);
        const int count = 300;
        for (var i = 0; i < count; i++) server.Put($"drop-{i:d4}", Spoil(whole, random));
        await server.RunAsync();
        await server.UntilPickedUpAsync();
        var queued = await server.Receiving.QueuedAsync();
        Assert.Equal(count, queued.Count + server.SetAside.Count);
        Assert.NotEmpty(queued);
        Assert.NotEmpty(server.SetAside);
    }

    [Fact]
    public async Task Drop_that_the_queue_has_already_is_not_taken_twice()
    {
        await using var server = await MaildropServer.StartAsync();
        await server.SubmitAsync("Subject: once\n\nbody\n");
        var (entry, _) = await server.QueuedAsync();
        await server.UntilPickedUpAsync();
        await server.StopAsync();
        // A crash after the commit and before the removal.
        File.WriteAllBytes(Path.Combine(server.Folder, "taken", entry.Id.Value), await server.DropAsync("Subject: once\n\nbody\n"));

        await server.RunAsync();
        await server.SubmitAsync("Subject: another\n\nbody\n");
        await server.UntilAsync(async () => (await server.Receiving.QueuedAsync()).Count > 1);
        await server.UntilPickedUpAsync();

        Assert.Equal(2, (await server.Receiving.QueuedAsync()).Count);
    }

    [Fact]
    public async Task Drop_that_was_claimed_and_not_committed_is_taken_under_the_id_it_was_given()
    {
        await using var server = await MaildropServer.StartAsync();
        await server.StopAsync();
        var id = server.Receiving.Queue.NextId();
        File.WriteAllBytes(Path.Combine(server.Folder, "taken", id.Value), await server.DropAsync());

        await server.RunAsync();

        Assert.Equal(id, (await server.QueuedAsync()).Entry.Id);
    }

    [Fact]
    public async Task Nothing_is_due_before_its_drop_is_gone()
    {
        await using var server = await MaildropServer.PrepareAsync(holds: false);
        await server.RunAsync();
        await server.SubmitAsync("\nbody\n");
        var (entry, _) = await server.QueuedAsync();
        await server.UntilPickedUpAsync();
        await server.UntilAsync(async () => (await server.Receiving.QueuedAsync())[0].Recipients[0].Due <= TimeProvider.System.GetUtcNow());
        Assert.Equal(RecipientState.Due, entry.Recipients[0].State);
    }

    [Fact]
    public async Task Writer_that_dies_leaves_nothing_that_is_picked_up()
    {
        await using var server = await MaildropServer.PrepareAsync();
        await using (var drop = DropWriter.Create(server.Folder, TimeProvider.System)) await drop.WriteAsync("Subject: half"u8.ToArray(), default);
        Assert.Empty(Directory.GetFiles(server.Folder));
        server.Put("tmp-old", [1]);
        server.Put("tmp-new", [1]);
        File.SetLastWriteTimeUtc(Path.Combine(server.Folder, "tmp-old"), TimeProvider.System.GetUtcNow().UtcDateTime.AddDays(-2));
        await server.RunAsync();
        await server.SubmitAsync("\nbody\n");
        await server.QueuedAsync();
        Assert.Equal((false, true), (File.Exists(Path.Combine(server.Folder, "tmp-old")), File.Exists(Path.Combine(server.Folder, "tmp-new"))));
    }

    [Theory]
    [InlineData("root", "root", true)]
    [InlineData("anna", "root", false)]
    [InlineData("!root static:anyone", "root", false)]
    [InlineData("!root static:anyone", "anna", true)]
    [InlineData("", "root", false)]
    public void Lists_of_users_are_read_from_the_left(string words, string user, bool isIn) =>
        Assert.Equal(isIn, UserList.Parse(words.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Contains(new LocalUser(1, user)));

    private static byte[] Spoil(byte[] whole, Random random)
    {
        var bytes = whole.ToArray();
        switch (random.Next(5))
        {
            case 0: return bytes[..random.Next(bytes.Length)];
            case 1: return [.. bytes, .. new byte[random.Next(1, 9)]];
            case 2:
                for (var i = random.Next(1, 4); i > 0; i--) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
                return bytes;
            case 3:
                random.NextBytes(bytes);
                return bytes;
            default: return bytes;
        }
    }

    [GeneratedRegex("^\\w+")]
    private static partial Regex VerdictName();
}
