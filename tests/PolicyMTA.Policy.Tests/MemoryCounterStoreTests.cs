using System.Globalization;
using Microsoft.Extensions.Time.Testing;
using PolicyMTA.Sdk;

namespace PolicyMTA.Policy.Tests;

public sealed class MemoryCounterStoreTests
{
    private readonly FakeTimeProvider _clock = new();

    [Theory]
    [InlineData(100, 100)]
    [InlineData(100, 101)]
    [InlineData(100, 5000)]
    public async Task Strangers_fill_no_memory_and_push_out_nobody_who_counts_longer(int limit, int strangers)
    {
        var store = new MemoryCounterStore(_clock, limit);
        await store.AddAsync("known", 5, TimeSpan.FromDays(35), CancellationToken.None);
        for (var i = 1; i < strangers; i++) await store.AddAsync(i.ToString(CultureInfo.InvariantCulture), 1, TimeSpan.FromHours(1), CancellationToken.None);
        await UntilAsync(store, "known", () => store.Count <= limit);
        Assert.Equal(5, await store.GetAsync("known", CancellationToken.None));
        if (strangers <= limit) Assert.Equal(strangers, store.Count);
    }

    [Fact]
    public async Task Counters_without_an_end_are_bounded_too()
    {
        var store = new MemoryCounterStore(_clock, 100);
        for (var i = 0; i < 1000; i++) await store.AddAsync(i.ToString(CultureInfo.InvariantCulture), 1, null, CancellationToken.None);
        await UntilAsync(store, "0", () => store.Count <= 100);
    }

    [Fact]
    public async Task Expired_ones_go_as_others_come()
    {
        var store = new MemoryCounterStore(_clock);
        for (var i = 0; i < 1000; i++) await store.AddAsync(i.ToString(CultureInfo.InvariantCulture), 1, TimeSpan.FromMinutes(1), CancellationToken.None);
        _clock.Advance(TimeSpan.FromMinutes(1));
        for (var i = 0; i < 9_999; i++) Assert.Equal(i + 1, await store.AddAsync("one", 1, null, CancellationToken.None));
        await UntilAsync(store, "one", () => store.Count == 1);
        Assert.Equal(9_999, await store.GetAsync("one", CancellationToken.None));
    }

    // A sweep runs beside those who count.
    private static async Task UntilAsync(MemoryCounterStore store, string key, Func<bool> isSo)
    {
        for (var patience = 400; !isSo() && patience > 0; patience--)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(25), TimeProvider.System);
            await store.AddAsync(key, 0, null, CancellationToken.None);
        }
        Assert.True(isSo(), $"{store.Count} counters");
    }
}
