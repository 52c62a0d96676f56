using PolicyMTA.Addressing;
using PolicyMTA.Delivery.Client;
using PolicyMTA.Delivery.Tests.Support;
using PolicyMTA.Queue;
using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Tests.Client;

/// <summary>Which mail leaves with a sender of ours.</summary>
public sealed class ForwardedMailTests
{
    private static readonly ForwardedSenders Senders = new(["a secret of ours"], "ours.test", 21, TimeProvider.System);

    private static readonly AddressBook Book = new(new AddressBookSettings
    {
        MyOrigin = "ours.test", MyDestination = DomainList.Of("ours.test"), RelayDomains = DomainList.Of("relayed.test"), ForwardedSenders = Senders,
    });

    [Theory]
    [InlineData("joe@far.test", "ann@there.test", "list@ours.test", true)]
    [InlineData("joe@relayed.test", "ann@there.test", "list@ours.test", true)]
    [InlineData("joe@far.test", "ann@there.test", null, false)]
    [InlineData("joe@far.test", "ann@there.test", "ann@other.test", false)]
    [InlineData("joe@far.test", "ann@relayed.test", "list@ours.test", false)]
    [InlineData("joe@far.test", "ann@ours.test", "list@ours.test", false)]
    [InlineData("joe@ours.test", "ann@there.test", "list@ours.test", false)]
    [InlineData("", "ann@there.test", "list@ours.test", false)]
    public async Task Sender_becomes_ours_where_a_map_sent_the_mail_elsewhere(string sender, string recipient, string? original, bool isOurs)
    {
        var request = new DeliveryRequest(Post.Message(sender: sender), [Post.To(recipient)[0] with { Original = original is null ? null : Address.FromInternal(original) }], "there.test");
        var part = Assert.Single(await new ForwardedMail(Book, Senders).SplitAsync(request, CancellationToken.None));
        Assert.Equal(isOurs ? Senders.Rewrite(Address.FromInternal(sender)) : Address.FromInternal(sender), part.Message.Sender);
    }

    [Fact]
    public async Task Message_of_both_kinds_goes_twice_and_every_recipient_once()
    {
        await using var server = ScriptedServer.Start("""
            S: 220 there.test ESMTP
            C: EHLO *
            S: 250 there.test
            C: MAIL FROM:<joe@far.test>
            S: 250 ok
            C: RCPT TO:<direct@there.test>
            S: 250 ok
            C: DATA
            S: 354 go on
            C: ...
            S: 250 first
            C: MAIL FROM:<SRS0=*
            S: 250 ok
            C: RCPT TO:<ann@there.test>
            S: 550 5.1.1 nobody
            C: RSET
            S: 250 ok
            C: QUIT
            """);
        await using var office = new Office(Office.Settings() with { Smtp = new ClientSettings { Forwarded = new ForwardedMail(Book, Senders) } });
        var recipients = Post.To("direct@there.test", "ann@there.test");
        var outcomes = await office.Deliverer.DeliverAsync(
            Post.Message(sender: "joe@far.test"), [recipients[0], recipients[1] with { Original = new Address("list", "ours.test") }], new Route("smtp", $"[127.0.0.1]:{server.Port}"), CancellationToken.None).AsTask().WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal([(0, DeliveryAction.Delivered), (1, DeliveryAction.Failed)], outcomes.Select(o => (o.Recipient, o.Action)));
    }
}
