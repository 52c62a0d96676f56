using PolicyMTA.Delivery.Tests.Support;
using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Tests.Local;

/// <summary>Mailboxes, files, commands and <c>.forward</c> of users.</summary>
public sealed class UserDeliveryTests
{
    private static readonly string[] Forwards = ["$home/.forward${recipient_delimiter}${extension}", "$home/.forward"];

    [Fact]
    public async Task Command_of_an_alias_runs_as_nobody_and_gets_message_and_environment()
    {
        await using var office = new LocalOffice();
        var folder = office.PublicFolder("out");
        office.Aliases($"cmd: \"|cat > {folder}/in; env > {folder}/env; id -un > {folder}/user\"\n");
        var message = Post.Message("Subject: x\n\nFrom here\n") with { Origin = new MessageOrigin { Kind = OriginKind.Smtp, Client = "c.test[192.0.2.1]", Helo = "c;`id`", Protocol = "ESMTP" } };
        var outcome = await office.SendAsync("cmd+ext$(id)@example.test", message);

        Assert.Equal((DeliveryAction.Delivered, $"delivered to command: cat > {folder}/in; env > {folder}/env; id -un > {folder}/user"), (outcome.Action, outcome.Text));
        Assert.Equal("From joe@good.test  Sun Nov 22 16:45:56 2026\nReturn-Path: <joe@good.test>\nX-Original-To: \"cmd+ext$(id)\"@example.test\nDelivered-To: \"cmd+ext$(id)\"@example.test\nSubject: x\n\nFrom here\n", await File.ReadAllTextAsync(folder + "/in"));
        var environment = await File.ReadAllLinesAsync(folder + "/env");
        string[] expected = ["USER=cmd", "EXTENSION=ext__id_", "LOCAL=cmd+ext__id_", "DOMAIN=example.test", "RECIPIENT=cmd+ext__id_@example.test", "ORIGINAL_RECIPIENT=cmd+ext__id_@example.test", "SENDER=joe@good.test", "CLIENT_HOSTNAME=c.test", "CLIENT_ADDRESS=192.0.2.1", "CLIENT_HELO=c__id_", "CLIENT_PROTOCOL=ESMTP"];
        Assert.All(expected, line => Assert.Contains(line, environment));
        // The alias file is root's, and nobody has no home here; else it is ours.
        Assert.Equal(!LocalOffice.IsRoot, environment.Any(line => line.StartsWith("HOME=", StringComparison.Ordinal)));
        Assert.Equal(office.User("nobody").Name, (await File.ReadAllTextAsync(folder + "/user")).Trim());
    }

    [Theory]
    [InlineData("exit 67", DeliveryAction.Failed, "5.1.1", "user unknown")]
    [InlineData("exit 75", DeliveryAction.Deferred, "4.3.0", "temporary failure")]
    [InlineData("echo 4.2.1 away; exit 1", DeliveryAction.Deferred, "4.2.1", "away")]
    [InlineData("/bin/true", DeliveryAction.Delivered, "2.0.0", "delivered to command: /bin/true")]
    public async Task Exit_code_of_a_command_decides(string command, DeliveryAction action, string status, string text)
    {
        await using var office = new LocalOffice();
        office.Aliases($"cmd: \"|{command}\"\n");
        var outcome = await office.SendAsync("cmd@example.test");
        Assert.Equal((action, status, text), (outcome.Action, outcome.Status.ToString(), outcome.Text));
    }

    [Fact]
    public async Task Command_that_fails_for_now_does_not_repeat_what_stands_beside_it()
    {
        await using var office = new LocalOffice();
        office.Aliases("both: alice, \"|exit 75\"\n");
        var outcome = await office.SendAsync("both@example.test");
        Assert.Equal(2, Assert.Single(outcome.Successors).Recipients.Select(recipient => recipient.RouteOverride).Distinct().Count());
        Assert.Equal(["alice@example.test delivered to maildir", "both@example.test temporary failure"], await office.FollowAsync(outcome));
    }

    [Theory]
    [InlineData("alias", "alias, forward", false)]
    [InlineData("include", "alias, forward", true)]
    [InlineData("include", "alias, forward, include", false)]
    [InlineData("alias", "", true)]
    public async Task Commands_and_files_stand_where_they_are_allowed(string where, string allowed, bool isRefused)
    {
        var words = allowed.Split(", ", StringSplitOptions.RemoveEmptyEntries);
        await using var office = new LocalOffice(settings => settings with { AllowMailToCommands = words, AllowMailToFiles = words });
        office.Write("list", "\"|exit 0\"\n");
        office.Write("files", "/dev/null\n");
        office.Aliases(where == "alias" ? "c: \"|exit 0\"\nf: /dev/null\n" : $"c: :include:{office.At("list")}\nf: :include:{office.At("files")}\n");

        var (command, file) = (await office.SendAsync("c@example.test"), await office.SendAsync("f@example.test"));

        Assert.Equal(isRefused ? ("5.7.1", "mail to command is restricted") : ("2.0.0", "delivered to command: exit 0"), (command.Status.ToString(), command.Text));
        Assert.Equal(isRefused ? ("5.7.1", "mail to file is restricted") : ("2.0.0", "delivered to file: /dev/null"), (file.Status.ToString(), file.Text));
    }

    [Fact]
    public async Task File_gets_messages_in_mbox_format()
    {
        await using var office = new LocalOffice();
        var path = Path.Combine(office.PublicFolder("out"), "archive");
        office.Aliases($"archive: {path}\n");
        Assert.Equal($"delivered to file: {path}", (await office.SendAsync("archive@example.test", Post.Message("Subject: x\n\nFrom here\n"))).Text);
        Assert.Equal("delivered to file: " + path, (await office.SendAsync("archive@example.test", Post.Message("Subject: y\n\nz"))).Text);

        const string Head = "From joe@good.test  Sun Nov 22 16:45:56 2026\nReturn-Path: <joe@good.test>\nX-Original-To: archive@example.test\nDelivered-To: archive@example.test\n";
        Assert.Equal($"{Head}Subject: x\n\n>From here\n\n{Head}Subject: y\n\nz\n\n", await File.ReadAllTextAsync(path));
        Assert.False(File.Exists(path + ".lock"));
    }

    [Fact]
    public async Task Folder_gets_messages_as_a_maildir()
    {
        await using var office = new LocalOffice();
        var path = Path.Combine(office.PublicFolder("out"), "box");
        office.Aliases($"box: {path}/\n");
        Assert.Equal("delivered to maildir", (await office.SendAsync("box@example.test")).Text);
        Assert.Single(LocalOffice.Messages(path));
    }

    [Fact]
    public async Task Locked_mailbox_is_waited_for_and_a_stale_lock_is_removed()
    {
        await using var office = new LocalOffice();
        var path = Path.Combine(office.PublicFolder("out"), "archive");
        office.Aliases($"archive: {path}\n");
        await File.WriteAllTextAsync(path + ".lock", "");
        File.SetLastWriteTimeUtc(path + ".lock", Post.Arrived.UtcDateTime);
        var sending = office.SendAsync("archive@example.test");
        for (var i = 0; i < 100 && !sending.IsCompleted; i++)
        {
            office.Clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
        }
        Assert.Equal((DeliveryAction.Deferred, "4.2.0", $"cannot append message to file {path}. unable to lock for exclusive access"), (await sending is var locked ? (locked.Action, locked.Status.ToString(), locked.Text) : default));
        Assert.False(File.Exists(path));

        office.Clock.Advance(TimeSpan.FromSeconds(600));
        sending = office.SendAsync("archive@example.test");
        for (var i = 0; i < 1000 && !sending.IsCompleted; i++)
        {
            office.Clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
        }
        Assert.Equal(DeliveryAction.Delivered, (await sending).Action);
    }

    [Fact]
    public async Task Mailbox_that_is_full_or_no_file_is_an_error()
    {
        await using var office = new LocalOffice(settings => settings with { MailboxSizeLimit = 300 });
        var folder = office.PublicFolder("out");
        office.Aliases($"full: {folder}/full\nfolder: {folder}\n");
        Assert.Equal(DeliveryAction.Delivered, (await office.SendAsync("full@example.test")).Action);
        Assert.Equal(("5.2.2", $"cannot append message to file {folder}/full. error writing message: File too large"), (await office.SendAsync("full@example.test") is var full ? (full.Status.ToString(), full.Text) : default));
        Assert.Equal("5.2.0", (await office.SendAsync("folder@example.test")).Status.ToString());
    }

    [Fact]
    public async Task Mailboxes_lie_in_the_spool_folder_when_there_is_none_at_home()
    {
        await using var office = new LocalOffice();
        var spool = office.PublicFolder("spool");
        office.Change(settings => settings with { HomeMailbox = "", MailSpoolDirectory = spool });
        Assert.Equal("delivered to mailbox", (await office.SendAsync("alice@example.test")).Text);
        Assert.StartsWith("From joe@good.test ", await File.ReadAllTextAsync(Path.Combine(spool, "alice")), StringComparison.Ordinal);

        office.Change(settings => settings with { MailSpoolDirectory = spool + "/" });
        Assert.Equal("delivered to maildir", (await office.SendAsync("bob@example.test")).Text);
        Assert.Single(LocalOffice.Messages(Path.Combine(spool, "bob")));
    }

    [Fact]
    public async Task Mailbox_of_another_is_not_written()
    {
        if (!LocalOffice.IsRoot) Assert.Skip("only root can give files away");
        await using var office = new LocalOffice();
        var spool = office.PublicFolder("spool");
        office.Change(settings => settings with { HomeMailbox = "", MailSpoolDirectory = spool });
        office.Write("spool/alice", "", 0b110_110_110);
        office.Own(office.At("spool/alice"), office.User("bob").Id);
        Assert.Equal(("4.2.0", $"cannot update mailbox {spool}/alice for user alice. destination {spool}/alice is not owned by recipient"), (await office.SendAsync("alice@example.test") is var outcome ? (outcome.Status.ToString(), outcome.Text) : default));
    }

    [Fact]
    public async Task Files_are_written_with_the_rights_of_the_user_alone()
    {
        if (!LocalOffice.IsRoot) Assert.Skip("only root can act as others");
        await using var office = new LocalOffice(settings => settings with { ForwardPath = Forwards });
        // Bob would have the server write where he may not, and read what he may not.
        office.WriteForward("bob", Path.Combine(office.Home("alice"), "stolen") + "\n");
        Assert.Equal("4.2.0", (await office.SendAsync("bob@example.test")).Status.ToString());
        Assert.False(File.Exists(Path.Combine(office.Home("alice"), "stolen")));

        office.Write("secret", "carol\n", 0b110_000_000);
        office.WriteForward("bob", $":include:{office.At("secret")}\n");
        Assert.Equal("5.3.5", (await office.SendAsync("bob@example.test")).Status.ToString());

        Assert.Equal("delivered to maildir", (await office.SendAsync("alice@example.test")).Text);
        Assert.Equal(office.User("alice").Id, Delivery.Local.FileFacts.Find(Directory.GetFiles(Path.Combine(office.Home("alice"), "Maildir", "new"))[0])!.Value.Owner);
        // The thread has all its rights again.
        Assert.Equal("delivered to maildir", (await office.SendAsync("carol@example.test")).Text);
    }

    [Fact]
    public async Task Users_have_no_say_unless_it_is_configured()
    {
        await using var office = new LocalOffice();
        office.WriteForward("alice", "x@elsewhere.test\n");
        Assert.Equal("delivered to maildir", (await office.SendAsync("alice@example.test")).Text);
    }

    [Fact]
    public async Task Forward_file_sends_on_and_its_own_user_keeps_a_copy()
    {
        await using var office = new LocalOffice(settings => settings with { ForwardPath = Forwards });
        office.WriteForward("alice", "# mine\n\\alice, x@elsewhere.test\nbob\n");
        var ends = await office.FollowAsync(await office.SendAsync("alice@example.test"));
        Assert.Equal(["alice@example.test delivered to maildir", "bob@example.test delivered to maildir", "x@elsewhere.test smtp"], ends.Order());

        office.WriteForward("bob", "bob@example.test, y@elsewhere.test\n");
        ends = await office.FollowAsync(await office.SendAsync("bob@example.test"));
        Assert.Equal(["bob@example.test delivered to maildir", "y@elsewhere.test smtp"], ends);
        Assert.Contains("Delivered-To: bob@example.test\n", office.Mail("bob")[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Extension_has_a_forward_file_of_its_own()
    {
        await using var office = new LocalOffice(settings => settings with { ForwardPath = Forwards, PropagateUnmatchedExtensions = ["forward"] });
        office.WriteForward("alice", "one@elsewhere.test\n");
        office.WriteForward("alice", "two@elsewhere.test\n", ".forward+list");
        Assert.Equal(["two@elsewhere.test smtp"], await office.FollowAsync(await office.SendAsync("alice+list@example.test")));
        Assert.Equal(["one+other@elsewhere.test smtp"], await office.FollowAsync(await office.SendAsync("alice+other@example.test")));
        Assert.Equal(["one@elsewhere.test smtp"], await office.FollowAsync(await office.SendAsync("alice@example.test")));
        // No part of a path.
        Assert.Equal(["one@elsewhere.test smtp"], await office.FollowAsync(await office.SendAsync("alice+../../etc/passwd@example.test")));
    }

    [Fact]
    public async Task Two_users_who_forward_to_each_other_end_at_the_first_field_that_tells()
    {
        await using var office = new LocalOffice(settings => settings with { ForwardPath = Forwards });
        office.WriteForward("alice", "bob\n");
        office.WriteForward("bob", "alice\n");
        Assert.Equal(["bob@example.test mail forwarding loop for alice@example.test"], await office.FollowAsync(await office.SendAsync("alice@example.test")));
    }

    [Theory]
    [InlineData(0b110_110_110, "world writable")]
    [InlineData(0b110_100_100, "belongs to user id")]
    public async Task Forward_file_that_others_could_have_written_is_ignored(int mode, string reason)
    {
        await using var office = new LocalOffice(settings => settings with { ForwardPath = Forwards });
        var path = office.WriteForward("alice", "x@elsewhere.test\n", mode: mode);
        if (reason.StartsWith("belongs", StringComparison.Ordinal))
        {
            if (!LocalOffice.IsRoot) Assert.Skip("only root can give files away");
            office.Own(path, office.User("bob").Id);
        }
        Assert.Equal("delivered to maildir", (await office.SendAsync("alice@example.test")).Text);
        Assert.Contains(office.Log.Lines, line => line.Contains(reason, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Empty_forward_file_forwards_nothing()
    {
        await using var office = new LocalOffice(settings => settings with { ForwardPath = Forwards });
        office.WriteForward("alice", "\n");
        Assert.Equal("delivered to maildir", (await office.SendAsync("alice@example.test")).Text);
    }

    [Fact]
    public async Task File_under_home_needs_a_user()
    {
        await using var office = new LocalOffice(settings => settings with { ForwardPath = Forwards });
        office.WriteForward("alice", "~/box/\n");
        Assert.Equal("delivered to maildir", (await office.SendAsync("alice@example.test")).Text);
        Assert.Single(LocalOffice.Messages(Path.Combine(office.Home("alice"), "box")));

        office.WriteForward("bob", "~alice/box\n");
        Assert.Equal("bad home directory syntax for: ~alice/box", (await office.SendAsync("bob@example.test")).Text);
        if (LocalOffice.IsRoot)
        {
            office.Aliases("x: ~/box\n");
            Assert.Equal("unknown home directory for: ~/box", (await office.SendAsync("x@example.test")).Text);
        }
    }

    [Fact]
    public async Task Mailboxes_may_be_another_transports_matter()
    {
        await using var office = new LocalOffice(settings => settings with { MailboxTransportMaps = [new FakeTable(("alice", "lmtp:unix:x"))], MailboxTransport = "lmtp" });
        office.Aliases("staff: bob\n");
        Assert.Equal(("passed", "other"), (await office.SendAsync("alice@example.test") is var one ? (one.Text, one.Relay) : default));
        Assert.True((await office.SendAsync("staff@example.test")).IsExpanded);
        await office.SendAsync("unknown@example.test");
        Assert.Equal(["lmtp:unix:x alice@example.test", "lmtp: bob@example.test", "lmtp: unknown@example.test"], office.Passed.Select(passed => $"{passed.Route} {passed.Recipient.Address}"));
    }

    [Fact]
    public async Task Names_without_a_user_may_go_to_another_transport_or_address()
    {
        await using var office = new LocalOffice(settings => settings with { FallbackTransportMaps = [new FakeTable(("old", "smtp:[10.0.0.1]"))], LuserRelay = "$user+${extension?{with-$extension}:{none}}@elsewhere.test" });
        await office.SendAsync("old@example.test");
        Assert.Equal("smtp:[10.0.0.1]", Assert.Single(office.Passed).Route);
        Assert.Equal(["gone+none@elsewhere.test smtp"], await office.FollowAsync(await office.SendAsync("gone@example.test")));
        Assert.Equal(["gone+with-x@elsewhere.test smtp"], await office.FollowAsync(await office.SendAsync("gone+x@example.test")));

        office.Change(settings => settings with { FallbackTransport = "smtp:[10.0.0.2]" });
        await office.SendAsync("gone@example.test");
        Assert.Equal("smtp:[10.0.0.2]", office.Passed[^1].Route);

        office.Change(settings => settings with { FallbackTransport = "", FallbackTransportMaps = [], LuserRelay = "nobody.either" });
        Assert.Equal("unknown user: \"nobody.either\"", (await office.SendAsync("gone@example.test")).Text);
    }

    [Fact]
    public async Task Transport_that_passes_mail_to_itself_is_found_out()
    {
        await using var office = new LocalOffice(settings => settings with { MailboxTransport = "local" });
        Assert.Equal((DeliveryAction.Deferred, "4.3.5"), (await office.SendAsync("alice@example.test") is var outcome ? (outcome.Action, outcome.Status.ToString()) : default));
    }

    [Fact]
    public async Task Postmaster_without_an_alias_is_discarded_with_a_warning()
    {
        await using var office = new LocalOffice();
        await office.SendAsync("postmaster@example.test");
        Assert.Equal("discard:discarded", Assert.Single(office.Passed).Route);
        Assert.Contains(office.Log.Lines, line => line.EndsWith("required alias not found: postmaster", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Mailbox_command_gets_the_mail_and_the_home()
    {
        await using var office = new LocalOffice();
        var folder = office.PublicFolder("out");
        var command = $"env > {folder}/env; cat > {folder}/in";
        office.Change(settings => settings with { MailboxCommand = command });
        if (LocalOffice.IsRoot)
        {
            // The users of this test are none of the system's: a command can't run as one.
            Assert.Equal(DeliveryAction.Deferred, (await office.SendAsync("alice@example.test")).Action);
            return;
        }
        Assert.Equal($"delivered to command: {command}", (await office.SendAsync("alice@example.test")).Text);
        Assert.Contains("HOME=" + office.Home("alice"), await File.ReadAllLinesAsync(folder + "/env"));
    }

    [Fact]
    public async Task Probe_tells_what_would_be_and_does_nothing()
    {
        await using var office = new LocalOffice(settings => settings with { ForwardPath = Forwards });
        office.Aliases("staff: alice, \"|touch x\"\n");
        var path = office.WriteForward("bob", "x@elsewhere.test\n");
        Assert.Equal("aliased to alice, \"|touch x\"", (await office.ProbeAsync("staff@example.test")).Text);
        Assert.Equal($"forward via file: {path}", (await office.ProbeAsync("bob@example.test")).Text);
        Assert.Equal((DeliveryAction.Delivered, "delivers to maildir"), (await office.ProbeAsync("alice@example.test") is var known ? (known.Action, known.Text) : default));
        Assert.Equal((DeliveryAction.Failed, "5.1.1"), (await office.ProbeAsync("gone@example.test") is var gone ? (gone.Action, gone.Status.ToString()) : default));
        Assert.Empty(office.Mail("alice"));
    }
}
