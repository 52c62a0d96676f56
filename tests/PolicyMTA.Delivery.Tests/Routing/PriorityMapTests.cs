using PolicyMTA.Delivery.Routing;
using PolicyMTA.Delivery.Tests.Support;
using PolicyMTA.Queue;
using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Tests.Routing;

public sealed class PriorityMapTests
{
    [Theory]
    [InlineData("news@bulk.test", DeliveryPriority.High)]
    [InlineData("joe@BULK.test", DeliveryPriority.Low)]
    [InlineData("joe@sub.bulk.test", DeliveryPriority.Normal)]
    [InlineData("", DeliveryPriority.Low)]
    public async Task Sender_counts_before_its_domain(string sender, DeliveryPriority priority) => Assert.Equal(priority, await FindAsync(sender));

    [Theory]
    [InlineData("joe@broken.test")]
    [InlineData("joe@typo.test")]
    public async Task Table_that_gives_no_priority_is_no_answer(string sender) => await Assert.ThrowsAsync<TemporaryFailureException>(() => FindAsync(sender));

    private static Task<DeliveryPriority> FindAsync(string sender)
    {
        var table = new FakeTable(("news@bulk.test", "high"), ("bulk.test", "low"), ("<>", "low"), ("broken.test", "!"), ("typo.test", "hihg"));
        return PriorityMap.FindAsync(Office.Settings() with { SenderPriorityMaps = [table] }, Address.FromInternal(sender), CancellationToken.None).AsTask();
    }
}
