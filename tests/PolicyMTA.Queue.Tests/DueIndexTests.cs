using PolicyMTA.Queue.Scheduling;

namespace PolicyMTA.Queue.Tests;

public sealed class DueIndexTests
{
    [Fact]
    public void Destination_brought_forward_again_and_again_takes_no_more_room()
    {
        var index = new DueIndex();
        var start = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        index.Add("first", start);

        for (var i = 10_000; i > 0; i--) index.Add("other", start.AddSeconds(i));

        Assert.InRange(index.Places, 2, 70);
        Assert.True(index.TryTake(start, out var destination) && destination == "first");
        Assert.False(index.TryTake(start, out _));
        Assert.True(index.TryTake(start.AddSeconds(1), out destination) && destination == "other");
    }
}
