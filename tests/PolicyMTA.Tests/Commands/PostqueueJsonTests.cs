using PolicyMTA.Control;
using PolicyMTA.Control.Listings;

namespace PolicyMTA.Tests.Commands;

/// <summary>The lines of <c>postqueue -j</c>, byte for byte as Postfix prints them.</summary>
public sealed class PostqueueJsonTests
{
    private static readonly DateTimeOffset Arrived = DateTimeOffset.FromUnixTimeSeconds(1795366198);

    [Fact]
    public void Deferred_message() => Assert.Equal(
        """{"queue_name": "deferred", "queue_id": "5268011C3A1", "arrival_time": 1795366198, "message_size": 455, "forced_expire": false, "sender": "alice@example.test", "recipients": [{"address": "x@greylist.test", "delay_reason": "host mx.greylist.test[198.51.100.21] said: 451 4.7.1 Greylisting in action, please come back later (in reply to RCPT TO command)"}]}""",
        Line("alice@example.test", ("x@greylist.test", "deferred", "host mx.greylist.test[198.51.100.21] said: 451 4.7.1 Greylisting in action, please come back later (in reply to RCPT TO command)")));

    [Theory]
    [InlineData("active", "held", "active")]
    [InlineData("due", "delivered", "incoming")]
    [InlineData("held", "held", "hold")]
    [InlineData("held", "deferred", "deferred")]
    public void Queue_is_named_by_the_liveliest_recipient(string first, string second, string queue) =>
        Assert.StartsWith($"{{\"queue_name\": \"{queue}\", ", Line("", ("a@x.test", first, null), ("b@x.test", second, null)), StringComparison.Ordinal);

    [Fact]
    public void Null_sender_and_quotes_are_written_so_that_a_parser_reads_them()
    {
        using var line = System.Text.Json.JsonDocument.Parse(Line("", ("a\"b@x.test", "deferred", "said: \"no\"\n"))!);
        Assert.Equal("MAILER-DAEMON", line.RootElement.GetProperty("sender").GetString());
        Assert.Equal("a\"b@x.test", line.RootElement.GetProperty("recipients")[0].GetProperty("address").GetString());
    }

    [Fact]
    public void Message_that_nobody_waits_for_is_left_out() => Assert.Null(Line("a@x.test", ("b@x.test", "delivered", null)));

    private static string? Line(string sender, params (string Address, string State, string? Reason)[] recipients) => PostqueueJson.From(
        new QueueReply("5268011C3A1", Arrived, 455, sender, "", null, null, [.. recipients.Select(r => new QueueRecipientReply(r.Address, null, r.State, Arrived, 1, null, r.Reason, null, null))]));
}
