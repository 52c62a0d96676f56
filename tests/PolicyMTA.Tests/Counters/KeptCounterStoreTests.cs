using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using PolicyMTA.Counters;
using PolicyMTA.Sdk;

namespace PolicyMTA.Tests.Counters;

public sealed class KeptCounterStoreTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));

    private string Path => System.IO.Path.Combine(_folder.Path, "counters.sqlite3");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Counters_are_there_after_a_restart_until_their_time_is_over()
    {
        await using (var store = Open())
        {
            Assert.Equal(2, await store.AddAsync("forever", 2, null, CancellationToken.None));
            await store.AddAsync("hour", 1, TimeSpan.FromHours(1), CancellationToken.None);
            Assert.Equal(5, await store.AddAsync("hour", 4, TimeSpan.FromDays(1), CancellationToken.None));
            await store.SetAsync("day", 7, TimeSpan.FromDays(1), CancellationToken.None);
        }
        _clock.Advance(TimeSpan.FromMinutes(59));
        await using (var store = Open()) Assert.Equal((2, 5, 7), await ReadAsync(store));
        _clock.Advance(TimeSpan.FromMinutes(1));
        await using (var store = Open()) Assert.Equal((2, 0, 7), await ReadAsync(store));
    }

    [Fact]
    public async Task What_changed_is_written_every_second_without_anybody_waiting()
    {
        await using var store = Open();
        await store.AddAsync("forever", 3, null, CancellationToken.None);
        for (var patience = 200; Rows() == 0 && patience > 0; patience--)
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(TimeSpan.FromMilliseconds(25), TimeProvider.System);
        }
        Assert.Equal(1, Rows());
    }

    [Fact]
    public async Task Broken_file_is_put_aside()
    {
        await File.WriteAllTextAsync(Path, new string('x', 8192));
        await using (var store = Open()) await store.AddAsync("forever", 1, null, CancellationToken.None);
        Assert.True(File.Exists(Path + ".broken"));
        await using (var store = Open()) Assert.Equal(1, await store.GetAsync("forever", CancellationToken.None));
    }

    [Fact]
    public async Task Newer_file_is_refused_and_left_alone()
    {
        await using (Open()) { }
        Run("PRAGMA user_version = 2");
        Assert.Contains("newer version", Assert.Throws<ConfigurationException>(() => Open()).Message, StringComparison.Ordinal);
        Assert.False(File.Exists(Path + ".broken"));
    }

    [Fact]
    public async Task Disk_that_takes_nothing_costs_no_count()
    {
        await using var store = Open();
        Run("DROP TABLE counters");
        await store.AddAsync("forever", 1, null, CancellationToken.None);
        _clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(2, await store.AddAsync("forever", 1, null, CancellationToken.None));
        Run("CREATE TABLE counters (key TEXT NOT NULL PRIMARY KEY, value INTEGER NOT NULL, expires INTEGER) WITHOUT ROWID");
    }

    private KeptCounterStore Open() => new(Path, 1000, _clock, NullLogger.Instance);

    private static async Task<(long, long, long)> ReadAsync(KeptCounterStore store) =>
        (await store.GetAsync("forever", CancellationToken.None), await store.GetAsync("hour", CancellationToken.None), await store.GetAsync("day", CancellationToken.None));

    private long Rows()
    {
        using var connection = new SqliteConnection($"Data Source={Path};Pooling=false");
        connection.Open();
        using var command = new SqliteCommand("SELECT count(*) FROM counters", connection);
        return (long)command.ExecuteScalar()!;
    }

    private void Run(string statement)
    {
        using var connection = new SqliteConnection($"Data Source={Path};Pooling=false");
        connection.Open();
#pragma warning disable CA2100 // every statement stands in this file
        using var command = new SqliteCommand(statement, connection);
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }
}
