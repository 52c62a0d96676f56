using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Tests.Support;

/// <summary>Messages and recipients for tests.</summary>
internal static class Post
{
    public static DateTimeOffset Arrived { get; } = new(2026, 11, 22, 16, 45, 56, TimeSpan.Zero);

    public static QueuedMessage Message(string content = "From: joe@good.test\nSubject: s82\n\ndead\n", string sender = "joe@good.test") => new()
    {
        Id = new QueueId("643CF11C3F0"),
        Arrived = Arrived,
        Sender = Address.FromInternal(sender),
        Origin = new MessageOrigin { Kind = OriginKind.Smtp },
        Content = MemoryContent.Of(content),
    };

    /// <summary>Makes messages in memory, numbered from 4Z0001.</summary>
    public static NewMail Mail
    {
        get
        {
            var count = 0;
            return new(() => new QueueId(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"4Z{Interlocked.Increment(ref count):0000}")), () => new MemoryWriter());
        }
    }

    public static IReadOnlyList<QueuedRecipient> To(params string[] addresses) =>
        [.. addresses.Select((a, i) => new QueuedRecipient { Number = i, Address = Address.FromInternal(a) })];
}
