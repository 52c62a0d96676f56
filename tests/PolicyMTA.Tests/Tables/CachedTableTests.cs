using System.Text;
using Microsoft.Extensions.Time.Testing;
using PolicyMTA.Metrics;
using PolicyMTA.Sdk;
using PolicyMTA.Tables;

namespace PolicyMTA.Tests.Tables;

public sealed class CachedTableTests : IDisposable
{
    private static readonly TableCaching Caching = new() { Ttl = TimeSpan.FromSeconds(10), NegativeTtl = TimeSpan.FromSeconds(2), Size = 100, Stale = TimeSpan.FromSeconds(60) };

    private readonly FakeTimeProvider _clock = new();
    private readonly ServerMetrics _metrics = new();
    private readonly Backend _backend = new();

    public void Dispose() => _metrics.Dispose();

    [Fact]
    public async Task Answers_are_remembered_for_their_time_and_no_longer()
    {
        await using var table = Open();
        await Ask(table, "a", LookupResult.Found("1"));
        await Ask(table, "b", LookupResult.None);
        _clock.Advance(TimeSpan.FromSeconds(1.9));
        _backend.Answer = LookupResult.Found("2");
        await Ask(table, "a", LookupResult.Found("1"));
        await Ask(table, "b", LookupResult.None);
        _clock.Advance(TimeSpan.FromSeconds(0.2));
        await Ask(table, "b", LookupResult.Found("2"));
        await Ask(table, "a", LookupResult.Found("1"));
        _clock.Advance(TimeSpan.FromSeconds(8));
        await Ask(table, "a", LookupResult.Found("2"));
    }

    [Fact]
    public async Task A_failure_is_never_remembered_and_what_was_known_serves_for_a_bounded_time()
    {
        await using var table = Open();
        await Ask(table, "a", LookupResult.Found("1"));
        var down = _backend.Answer = LookupResult.Failed("down");
        await Ask(table, "new", down);
        _clock.Advance(TimeSpan.FromSeconds(11));
        await Ask(table, "a", LookupResult.Found("1"));
        var asked = _backend.Asked;
        await Ask(table, "a", LookupResult.Found("1"));
        Assert.Equal(asked, _backend.Asked);
        _clock.Advance(TimeSpan.FromSeconds(58));
        await Ask(table, "a", LookupResult.Found("1"));
        _clock.Advance(TimeSpan.FromSeconds(2));
        await Ask(table, "a", down);
        _backend.Answer = LookupResult.Found("3");
        await Ask(table, "a", LookupResult.Found("3"));
        await Ask(table, "new", LookupResult.Found("3"));
    }

    [Fact]
    public async Task Many_who_ask_at_once_ask_once_and_one_who_goes_away_takes_nobody_along()
    {
        await using var table = Open();
        _backend.Gate = new TaskCompletionSource();
        using var impatient = new CancellationTokenSource();
        var first = table.FindAsync("a", impatient.Token).AsTask();
        var others = Enumerable.Range(0, 50).Select(_ => table.FindAsync("a", CancellationToken.None).AsTask()).ToList();
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        _backend.Gate.SetResult();
        Assert.All(await Task.WhenAll(others), result => Assert.Equal("1", result.Value));
        Assert.Equal(1, _backend.Asked);
    }

    [Fact]
    public async Task Size_is_bounded()
    {
        await using var table = Open();
        for (var i = 0; i < 10_000; i++) await table.FindAsync($"k{i}", CancellationToken.None);
        Assert.InRange(_metrics.Tables.Of("pgsql:x").Entries(), 1, Caching.Size);
    }

    [Fact]
    public async Task Metrics_tell_of_every_table()
    {
        await using var table = Open();
        await table.FindAsync("a", CancellationToken.None);
        await table.FindAsync("a", CancellationToken.None);
        _metrics.Tables.Of("odd\"na\\me\n").CountHit();
        var text = new StringBuilder();
        _metrics.Write(text);
        Assert.Contains("policymta_table_lookups_total{table=\"pgsql:x\",result=\"found\"} 1\n", text.ToString());
        Assert.Contains("policymta_table_cache_total{table=\"pgsql:x\",answer=\"hit\"} 1\n", text.ToString());
        Assert.Contains("# TYPE policymta_table_cache_total counter\n", text.ToString());
        Assert.Contains("{table=\"odd\\\"na\\\\me\\n\",answer=\"hit\"} 1\n", text.ToString());
    }

    [Theory]
    [InlineData("cache_ttl", "5m", true)]
    [InlineData("cache_ttl", "10 parsecs", false)]
    [InlineData("cache_size", "-1", false)]
    [InlineData("cache_size", "10000001", false)]
    [InlineData("cache_size", "10000000", true)]
    public void Parameters_are_checked(string name, string value, bool isGood)
    {
        string? Find(string asked) => asked == name ? value : null;
        if (isGood) Assert.NotNull(TableCaching.Read(Find, null));
        else Assert.Throws<ConfigurationException>(() => TableCaching.Read(Find, null));
        Assert.Null(TableCaching.Read(_ => null, null));
    }

    private CachedTable Open()
    {
        var counters = _metrics.Tables.Of("pgsql:x");
        return new CachedTable(new MeasuredTable(_backend, counters, _clock), Caching, counters, _clock);
    }

    private static async Task Ask(CachedTable table, string key, LookupResult expected) => Assert.Equal(expected, await table.FindAsync(key, CancellationToken.None));

    private sealed class Backend : ILookupTable
    {
        public LookupResult Answer { get; set; } = LookupResult.Found("1");
        public TaskCompletionSource? Gate { get; set; }
        public int Asked;

        public async ValueTask<LookupResult> FindAsync(string key, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref Asked);
            if (Gate is not null) await Gate.Task;
            return key == "b" && Answer.Value == "1" ? LookupResult.None : Answer;
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
