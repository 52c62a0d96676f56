namespace PolicyMTA.Leases.Tests;

public sealed class LeaseTests
{
    private readonly List<string> _disposed = [];

    [Fact]
    public async Task Last_lease_disposes_the_part()
    {
        var first = Part.Lease("a", Dispose);
        var second = first.Share();

        await first.DisposeAsync();
        Assert.Empty(_disposed);
        Assert.Equal("a", second.Value);

        await second.DisposeAsync();
        Assert.Equal(["a"], _disposed);
    }

    [Fact]
    public async Task Giving_a_lease_back_twice_counts_once()
    {
        var first = Part.Lease("a", Dispose);
        await using var second = first.Share();

        await first.DisposeAsync();
        await first.DisposeAsync();

        Assert.Empty(_disposed);
    }

    [Fact]
    public async Task Lease_given_back_shows_and_shares_nothing()
    {
        var lease = Part.Lease("a", Dispose);
        await lease.DisposeAsync();

        Assert.Throws<ObjectDisposedException>(() => lease.Value);
        Assert.Throws<ObjectDisposedException>(() => lease.Share());
    }

    [Fact]
    public async Task Replaced_value_lives_until_its_last_lease_ends()
    {
        await using var current = new Current<string>("a", Dispose);
        var lease = current.Lease();

        await current.ReplaceAsync("b", Dispose);
        Assert.Empty(_disposed);
        Assert.Equal("a", lease.Value);
        Assert.True(current.IsCurrent("b"));
        Assert.False(current.IsCurrent(lease.Value));

        await lease.DisposeAsync();
        Assert.Equal(["a"], _disposed);
    }

    [Fact]
    public async Task Value_nobody_leases_goes_at_once_when_replaced()
    {
        await using var current = new Current<string>("a", Dispose);

        await current.ReplaceAsync("b", Dispose);

        Assert.Equal(["a"], _disposed);
    }

    [Fact]
    public async Task Nothing_is_leased_after_the_end()
    {
        var current = new Current<string>("a", Dispose);
        await current.DisposeAsync();

        Assert.Equal(["a"], _disposed);
        Assert.Throws<ObjectDisposedException>(() => current.Lease());
    }

    [Fact]
    public async Task Readers_never_see_a_disposed_value_while_it_is_replaced()
    {
        await using var current = new Current<Living>(new Living(), static value => value.EndAsync());
        using var end = new CancellationTokenSource();
        using var begun = new CountdownEvent(2);
        var readers = Enumerable.Range(0, 2).Select(_ => Task.Run(async () =>
        {
            var seen = 0;
            while (!end.IsCancellationRequested)
            {
                await using var lease = current.Lease();
                Assert.False(lease.Value.HasEnded);
                // The replacing begins when each reads.
                if (seen++ == 0) begun.Signal();
            }
            return seen;
        })).ToList();

        Assert.True(await Task.Run(() => begun.Wait(TimeSpan.FromSeconds(20))));
        for (var i = 0; i < 20_000; i++) await current.ReplaceAsync(new Living(), static value => value.EndAsync());
        await end.CancelAsync();

        Assert.All(await Task.WhenAll(readers), seen => Assert.True(seen > 0));
    }

    private ValueTask Dispose(string value)
    {
        _disposed.Add(value);
        return ValueTask.CompletedTask;
    }

    private sealed class Living
    {
        internal bool HasEnded { get; private set; }

        internal ValueTask EndAsync()
        {
            HasEnded = true;
            return ValueTask.CompletedTask;
        }
    }
}
