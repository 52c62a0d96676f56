using PolicyMTA.Delivery.Tests.Support;
using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Tests.Local;

/// <summary>What aliases, include files and lists come to.</summary>
public sealed class AliasExpansionTests
{
    [Fact]
    public async Task User_of_the_machine_gets_a_mailbox()
    {
        await using var office = new LocalOffice();
        var outcome = await office.SendAsync("Alice@example.test");

        Assert.Equal((DeliveryAction.Delivered, "delivered to maildir", "local", true, false), (outcome.Action, outcome.Text, outcome.Relay, outcome.IsFinal, outcome.IsExpanded));
        Assert.Equal("Return-Path: <joe@good.test>\nX-Original-To: Alice@example.test\nDelivered-To: Alice@example.test\nFrom: joe@good.test\nSubject: s82\n\ndead\n", Assert.Single(office.Mail("alice")));
    }

    [Fact]
    public async Task Unknown_user_is_refused_by_name()
    {
        await using var office = new LocalOffice();
        var outcome = await office.SendAsync("Nobody.Here+x@example.test");
        Assert.Equal((DeliveryAction.Failed, "5.1.1", "unknown user: \"nobody.here\""), (outcome.Action, outcome.Status.ToString(), outcome.Text));
    }

    [Fact]
    public async Task Alias_to_one_user_is_delivered_in_the_same_attempt()
    {
        await using var office = new LocalOffice();
        office.Aliases("staff: alice\n");
        var outcome = await office.SendAsync("staff@example.test");

        Assert.Equal((DeliveryAction.Delivered, "delivered to maildir", true), (outcome.Action, outcome.Text, outcome.IsExpanded));
        Assert.Empty(outcome.Successors);
        Assert.Contains("X-Original-To: staff@example.test\nDelivered-To: staff@example.test\n", Assert.Single(office.Mail("alice")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Alias_to_several_goes_on_in_messages_with_a_recipient_for_each()
    {
        await using var office = new LocalOffice();
        office.Aliases("staff: alice, bob, carol@elsewhere.test, alice\n");
        var outcome = await office.SendAsync("staff@example.test");

        Assert.Equal("forwarded as 4Z0001, 4Z0002", outcome.Text);
        Assert.Equal((true, false), (outcome.IsExpanded, outcome.IsFinal));
        Assert.Equal(["alice@example.test", "bob@example.test"], outcome.Successors[0].Recipients.Select(recipient => recipient.Address.ToString()));
        Assert.Equal("carol@elsewhere.test", Assert.Single(outcome.Successors[1].Recipients).Address.ToString());
        Assert.All(outcome.Successors.SelectMany(successor => successor.Recipients), recipient => Assert.Equal(("staff@example.test", true), (recipient.Original!.ToString(), recipient.IsForwarded)));
        Assert.All(outcome.Successors, successor => Assert.Equal("joe@good.test", successor.Sender.ToString()));

        Assert.Equal(["alice@example.test delivered to maildir", "bob@example.test delivered to maildir", "carol@elsewhere.test smtp"], await office.FollowAsync(outcome));
        Assert.StartsWith("Return-Path: <joe@good.test>\nX-Original-To: staff@example.test\nDelivered-To: staff@example.test\nFrom:", Assert.Single(office.Mail("alice")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Forwarded_message_tells_who_passed_it_on_and_for_whom()
    {
        await using var office = new LocalOffice();
        office.Aliases("Out: a@elsewhere.test\n");
        var successor = Assert.Single((await office.SendAsync("OUT@example.test")).Successors);

        Assert.Equal(
            "Received: by mx.example.test (PolicyMTA)\r\n\tid 4Z0001; Sun, 22 Nov 2026 16:45:56 +0000 (UTC)\r\nDelivered-To: out@example.test\r\nFrom: joe@good.test\r\nSubject: s82\r\n\r\ndead\r\n",
            System.Text.Encoding.UTF8.GetString(LocalOffice.Bytes(successor)));
    }

    [Fact]
    public async Task Message_on_disk_is_forwarded_whole()
    {
        await using var office = new LocalOffice();
        office.Aliases("out: a@elsewhere.test\n");
        var body = "Subject: x\r\n\r\n" + new string('y', 300_000) + "\r\n";
        var message = Post.Message() with { Content = new MemoryContent(System.Text.Encoding.UTF8.GetBytes(body), isOnDisk: true) };
        var successor = Assert.Single((await office.SendAsync("out@example.test", message)).Successors);
        Assert.EndsWith(body, System.Text.Encoding.UTF8.GetString(LocalOffice.Bytes(successor)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Owner_of_a_list_becomes_the_sender_and_the_senders_wishes_end_there()
    {
        await using var office = new LocalOffice();
        office.Aliases("list: alice, bob\nowner-list: carol\n");
        var message = Post.Message() with { Mail = new MailParameters { EnvelopeId = "42", Ret = Ret.Full, SmtpUtf8 = true } };
        var outcome = await office.SendAsync("list@example.test", message, recipient => recipient with { Parameters = new RecipientParameters { Notify = Notify.Success | Notify.Failure, OriginalRecipient = "rfc822;list@example.test" } });

        // RFC 3461 §5.2.7.1 and .3: a list is where mail arrives.
        Assert.Equal((false, true), (outcome.IsExpanded, outcome.IsFinal));
        var successor = Assert.Single(outcome.Successors);
        Assert.Equal(("owner-list@example.test", null, Ret.Unspecified, true), (successor.Sender.ToString(), successor.Mail.EnvelopeId, successor.Mail.Ret, successor.Mail.SmtpUtf8));
        Assert.All(successor.Recipients, recipient => Assert.Equal((RecipientParameters.None, null), (recipient.Parameters, recipient.Original)));
        Assert.Equal(["alice@example.test delivered to maildir", "bob@example.test delivered to maildir"], await office.FollowAsync(outcome));
        Assert.StartsWith("Return-Path: <owner-list@example.test>\nX-Original-To: alice@example.test\nDelivered-To: alice@example.test\nReceived: by", Assert.Single(office.Mail("alice")), StringComparison.Ordinal);
        Assert.Contains("\nDelivered-To: list@example.test\n", office.Mail("alice")[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Null_sender_stays_null_at_a_list()
    {
        await using var office = new LocalOffice();
        office.Aliases("list: alice, bob\nowner-list: carol\n");
        Assert.True(Assert.Single((await office.SendAsync("list@example.test", Post.Message(sender: ""))).Successors).Sender.IsNull);
    }

    [Theory]
    [InlineData(true, true, "carol@example.test")]
    [InlineData(true, false, "owner-list@example.test")]
    [InlineData(false, true, "joe@good.test")]
    public async Task Owner_alias_may_be_expanded_or_mean_nothing(bool special, bool expands, string sender)
    {
        await using var office = new LocalOffice(settings => settings with { OwnerRequestSpecial = special, ExpandOwnerAlias = expands });
        office.Aliases("list: alice, bob\nowner-list: carol\n");
        Assert.Equal(sender, Assert.Single((await office.SendAsync("list@example.test")).Successors).Sender.ToString());
    }

    [Fact]
    public async Task Plain_alias_passes_on_what_the_sender_asked_but_not_of_success()
    {
        await using var office = new LocalOffice();
        office.Aliases("staff: a@elsewhere.test, b@elsewhere.test\n");
        var message = Post.Message() with { Mail = new MailParameters { EnvelopeId = "42", Ret = Ret.Full } };

        async Task<Notify> Of(Notify notify)
        {
            var successor = Assert.Single((await office.SendAsync("staff@example.test", message, recipient => recipient with { Parameters = new RecipientParameters { Notify = notify, OriginalRecipient = "rfc822;x" } })).Successors);
            Assert.Equal(("42", Ret.Full, "rfc822;x"), (successor.Mail.EnvelopeId, successor.Mail.Ret, successor.Recipients[1].Parameters.OriginalRecipient));
            return successor.Recipients[0].Parameters.Notify;
        }

        Assert.Equal(Notify.Never, await Of(Notify.Success));
        Assert.Equal(Notify.Failure, await Of(Notify.Success | Notify.Failure));
        Assert.Equal(Notify.Never, await Of(Notify.Never));
        Assert.Equal(Notify.Unspecified, await Of(Notify.Unspecified));
    }

    [Fact]
    public async Task Aliases_of_aliases_are_followed_and_duplicates_are_one()
    {
        await using var office = new LocalOffice();
        office.Aliases("all: staff, Alice@example.test, more\nstaff: alice, bob\nmore: bob, carol, x@elsewhere.test, all2\nall2: x@elsewhere.test\n");
        Assert.Equal(
            ["alice@example.test delivered to maildir", "bob@example.test delivered to maildir", "carol@example.test delivered to maildir", "x@elsewhere.test smtp"],
            (await office.FollowAsync(await office.SendAsync("all@example.test"))).Order());
    }

    [Fact]
    public async Task Name_within_its_own_alias_is_the_user()
    {
        await using var office = new LocalOffice();
        office.Aliases("alice: alice, bob\n");
        Assert.Equal(["alice@example.test delivered to maildir", "bob@example.test delivered to maildir"], await office.FollowAsync(await office.SendAsync("alice@example.test")));
    }

    [Fact]
    public async Task Backslash_is_the_mailbox_whatever_aliases_say()
    {
        await using var office = new LocalOffice();
        office.Aliases("bob: \\alice\nalice: carol\n");
        Assert.Equal("delivered to maildir", (await office.SendAsync("bob@example.test")).Text);
        Assert.Single(office.Mail("alice"));
    }

    [Fact]
    public async Task Aliases_that_name_each_other_end_in_an_error()
    {
        await using var office = new LocalOffice();
        office.Aliases("a: b\nb: c\nc: a\n");
        var outcome = await office.SendAsync("a@example.test");
        Assert.Equal((DeliveryAction.Failed, "5.4.6", "recipient nesting limit exceeded"), (outcome.Action, outcome.Status.ToString(), outcome.Text));
    }

    [Theory]
    [InlineData(99, DeliveryAction.Delivered)]
    [InlineData(100, DeliveryAction.Failed)]
    public async Task Chain_of_aliases_may_be_so_long(int length, DeliveryAction expected)
    {
        await using var office = new LocalOffice();
        office.Aliases(string.Concat(Enumerable.Range(0, length).Select(n => $"a{n}: {(n == length - 1 ? "alice" : $"a{n + 1}")}\n")));
        Assert.Equal(expected, (await office.SendAsync("a0@example.test")).Action);
    }

    [Fact]
    public async Task Aliases_that_multiply_do_not_grow_without_bound()
    {
        await using var office = new LocalOffice();
        office.Aliases(string.Concat(Enumerable.Range(0, 60).Select(n => $"a{n}: a{n + 1}, a{n + 1}, A{n + 1}@example.test\n")) + "a60: alice\n");
        Assert.Equal("delivered to maildir", (await office.SendAsync("a0@example.test")).Text);
    }

    [Theory]
    [InlineData("Delivered-To: staff@example.test\n", DeliveryAction.Failed)]
    [InlineData("Delivered-To:\n  STAFF@example.test\n", DeliveryAction.Failed)]
    [InlineData("X-Delivered-To: staff@example.test\n", DeliveryAction.Delivered)]
    [InlineData("Subject: x\n\nDelivered-To: staff@example.test\n", DeliveryAction.Delivered)]
    public async Task Message_that_was_here_before_is_a_loop(string head, DeliveryAction expected)
    {
        await using var office = new LocalOffice();
        office.Aliases("staff: alice\n");
        var outcome = await office.SendAsync("staff@example.test", Post.Message(head + "Subject: y\n\nz\n"));
        Assert.Equal(expected, outcome.Action);
        if (expected == DeliveryAction.Failed) Assert.Equal(("5.4.6", "mail forwarding loop for staff@example.test"), (outcome.Status.ToString(), outcome.Text));
    }

    [Theory]
    [InlineData(49, DeliveryAction.Delivered)]
    [InlineData(50, DeliveryAction.Failed)]
    public async Task Message_with_too_many_hops_is_not_passed_on(int hops, DeliveryAction expected)
    {
        await using var office = new LocalOffice();
        Assert.Equal(expected, (await office.SendAsync("alice@example.test", Post.Message(string.Concat(Enumerable.Repeat("Received: by x\n", hops)) + "\nz\n"))).Action);
    }

    [Fact]
    public async Task Part_that_fails_does_not_keep_the_others_from_their_mail()
    {
        await using var office = new LocalOffice();
        office.Aliases("staff: alice, nobody.here\n");
        Assert.Equal(["alice@example.test delivered to maildir", "nobody.here@example.test error"], await office.FollowAsync(await office.SendAsync("staff@example.test")));
    }

    [Fact]
    public async Task Broken_table_puts_the_recipient_off_and_nothing_happens()
    {
        await using var office = new LocalOffice(settings => settings with { AliasMaps = [new AliasSource("t:x", new FakeTable(("staff", "alice, out"), ("out", "!")))] });
        var outcome = await office.SendAsync("staff@example.test");
        Assert.Equal((DeliveryAction.Deferred, "4.3.0", "alias database unavailable"), (outcome.Action, outcome.Status.ToString(), outcome.Text));
        Assert.Empty(outcome.Successors);
        Assert.Empty(office.Mail("alice"));
    }

    [Fact]
    public async Task Extension_finds_its_own_alias_first_and_then_the_name()
    {
        await using var office = new LocalOffice(settings => settings with { PropagateUnmatchedExtensions = ["alias"] });
        office.Aliases("a+x: alice\na: b@elsewhere.test\n");
        Assert.Equal("delivered to maildir", (await office.SendAsync("a+x@example.test")).Text);
        Assert.Equal(["b+y@elsewhere.test smtp"], await office.FollowAsync(await office.SendAsync("a+y@example.test")));
    }

    [Fact]
    public async Task Extension_is_not_passed_on_unless_it_is_said()
    {
        await using var office = new LocalOffice();
        office.Aliases("a: b@elsewhere.test\n");
        Assert.Equal(["b@elsewhere.test smtp"], await office.FollowAsync(await office.SendAsync("a+y@example.test")));
    }

    [Fact]
    public async Task Virtual_alias_of_a_destination_is_expanded()
    {
        await using var office = new LocalOffice(classes: new FakeClasses(("example.test", AddressClass.Local), ("v.test", AddressClass.VirtualAlias)) { Aliases = [new FakeTable(("x@v.test", "y@elsewhere.test"))] });
        office.Aliases("a: x@v.test\n");
        Assert.Equal(["y@elsewhere.test smtp"], await office.FollowAsync(await office.SendAsync("a@example.test")));
    }

    [Fact]
    public async Task Include_file_is_read_and_its_users_get_a_message_of_their_own()
    {
        await using var office = new LocalOffice();
        office.Aliases($"list: :include:{office.Write("list.txt", "# members\nalice\nbob@example.test, x@elsewhere.test\n")}\n");
        var outcome = await office.SendAsync("list@example.test");

        Assert.Single(outcome.Successors);
        Assert.Equal(["alice@example.test delivered to maildir", "bob@example.test delivered to maildir", "x@elsewhere.test smtp"], await office.FollowAsync(outcome));
        Assert.StartsWith("Return-Path: <joe@good.test>\nX-Original-To: list@example.test\nDelivered-To: alice@example.test\nReceived:", Assert.Single(office.Mail("alice")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("world writable", 0b110_110_110)]
    [InlineData("no such file", -1)]
    [InlineData("relative path", -2)]
    [InlineData("not a regular file", -3)]
    public async Task Include_file_that_cannot_be_trusted_is_an_error(string reason, int mode)
    {
        await using var office = new LocalOffice();
        var path = mode switch { -1 => office.At("missing"), -2 => "list.txt", -3 => office.PublicFolder("list"), _ => office.Write("list.txt", "alice\n", mode) };
        office.Aliases($"list: :include:{path}\n");
        var outcome = await office.SendAsync("list@example.test");
        Assert.Equal((DeliveryAction.Failed, "5.3.5", "mail system configuration error"), (outcome.Action, outcome.Status.ToString(), outcome.Text));
        Assert.Contains(office.Log.Lines, line => line.Contains(reason, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Include_files_that_name_each_other_are_read_once()
    {
        await using var office = new LocalOffice();
        var (one, two) = (office.At("one"), office.At("two"));
        office.Write("one", $"alice\n:include:{two}\n");
        office.Write("two", $"bob\n:include:{one}\n");
        office.Aliases($"list: :include:{one}\n");
        Assert.Equal(["alice@example.test delivered to maildir", "bob@example.test delivered to maildir"], await office.FollowAsync(await office.SendAsync("list@example.test")));
    }

    [Fact]
    public async Task Empty_include_file_is_nobody()
    {
        await using var office = new LocalOffice();
        office.Aliases($"list: :include:{office.Write("list.txt", "\n# nobody\n")}\n");
        Assert.Equal((DeliveryAction.Delivered, "expanded to no recipients"), (await office.SendAsync("list@example.test") is var outcome ? (outcome.Action, outcome.Text) : default));
    }

    [Fact]
    public async Task Destinations_of_one_recipient_have_a_limit()
    {
        await using var office = new LocalOffice();
        string Members(int count) => string.Concat(Enumerable.Range(0, count).Select(n => $"u{n}@elsewhere.test\n"));
        office.Aliases($"list: :include:{office.Write("list.txt", Members(100_000))}\n");
        Assert.Equal(100_000, (await office.SendAsync("list@example.test")).Successors[0].Recipients.Count);

        office.Write("list.txt", Members(100_001));
        Assert.Equal((DeliveryAction.Deferred, "more than 100000 destinations"), (await office.SendAsync("list@example.test") is var outcome ? (outcome.Action, outcome.Text) : default));
    }
}
