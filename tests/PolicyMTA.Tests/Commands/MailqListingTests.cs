using PolicyMTA.Control.Listings;
using PolicyMTA.Control;

namespace PolicyMTA.Tests.Commands;

public sealed class MailqListingTests
{
    private static readonly DateTimeOffset Arrived = new(new DateTime(2026, 11, 2, 16, 49, 58, DateTimeKind.Local));

    [Fact]
    public void Short_ids_stand_in_postfixs_columns() => Assert.Equal(
        """
        -Queue ID-  --Size-- ----Arrival Time---- -Sender/Recipient-------
        5268011C3A1     455 Mon Nov  2 16:49:58  alice@example.test
        (host mx.greylist.test[198.51.100.21] said: 451 4.7.1 Greylisting in action, please come back later (in reply to RCPT TO command))
                                                 x@greylist.test

        6FC4711C3C3     443 Mon Nov  2 16:49:58  MAILER-DAEMON
                       (connect to mx.down.test[198.51.100.23]:25: Connection refused)
                                                 x@down.test

        -- 0 Kbytes in 2 Requests.

        """,
        List(
            Message("5268011C3A1", 455, "alice@example.test", Recipient("x@greylist.test", "deferred", "host mx.greylist.test[198.51.100.21] said: 451 4.7.1 Greylisting in action, please come back later (in reply to RCPT TO command)")),
            Message("6FC4711C3C3", 443, "", Recipient("x@down.test", "deferred", "connect to mx.down.test[198.51.100.23]:25: Connection refused"))));

    [Fact]
    public void Long_ids_get_wider_columns_and_marks() => Assert.Equal(
        """
        ----Queue ID----- --Size-- ---Arrival Time---- --Sender/Recipient------
        4dK3mS0Wr8z1Nc*       2048 Mon Nov  2 16:49:58 alice@example.test
                                                       bob@example.test

        4dK3mS0Wr8z1Nd!       1024 Mon Nov  2 16:49:58 alice@example.test
                                                       bob@example.test

        -- 3 Kbytes in 2 Requests.

        """,
        List(Message("4dK3mS0Wr8z1Nc", 2048, "alice@example.test", Recipient("bob@example.test", "active")), Message("4dK3mS0Wr8z1Nd", 1024, "alice@example.test", Recipient("bob@example.test", "held"))));

    [Fact]
    public void An_empty_queue_is_said_to_be_empty() => Assert.Equal("Mail queue is empty\n", List());

    private static string List(params QueueReply[] messages)
    {
        using var output = new StringWriter();
        var listing = new MailqListing(output);
        foreach (var message in messages) listing.Add(message);
        listing.End();
        return output.ToString();
    }

    private static QueueReply Message(string id, long size, string sender, QueueRecipientReply recipient) => new(id, Arrived, size, sender, "", null, null, [recipient]);

    private static QueueRecipientReply Recipient(string address, string state, string? reason = null) => new(address, null, state, Arrived, 1, null, reason, null, null);
}
