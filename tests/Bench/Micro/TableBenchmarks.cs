using System.Diagnostics.Metrics;
using BenchmarkDotNet.Attributes;
using Microsoft.Data.Sqlite;
using PolicyMTA.Lookups.Sqlite;
using PolicyMTA.Lookups.Text;
using PolicyMTA.Metrics;
using PolicyMTA.Plugins.Tests;
using PolicyMTA.Sdk;
using PolicyMTA.Tables;

namespace PolicyMTA.Microbenchmarks;

/// <summary>Lookups in tables of 10,000 keys, and how long 100,000 networks take to load.</summary>
[MemoryDiagnoser]
public class TableBenchmarks
{
    private const int Keys = 10_000, Networks = 100_000;

    private readonly string _folder = Directory.CreateTempSubdirectory("policymta-bench-").FullName;
    private readonly PluginBench _bench = new(new TextPlugin(), new SqlitePlugin());
    private readonly string[] _keys = [.. Enumerable.Range(0, Keys).Select(i => $"user{i}@example.test")];
    private readonly Meter _meter = new("bench");
    private ILookupTable _text = null!, _sqlite = null!, _cached = null!, _networks = null!;
    private int _next;

    [GlobalSetup]
    public async Task SetUpAsync()
    {
        File.WriteAllLines(In("map"), _keys.Select(key => $"{key} there"));
        File.WriteAllLines(In("networks"), Enumerable.Range(0, Networks).Select(i => $"10.{i >> 16}.{(i >> 8) & 255}.{i & 255}/32 x{i}"));
        using (var connection = new SqliteConnection($"Data Source={In("mail.sqlite3")};Pooling=False"))
        {
            connection.Open();
            using var transaction = connection.BeginTransaction();
            using var command = connection.CreateCommand();
            command.Transaction = transaction;
            command.CommandText = "CREATE TABLE mailbox (username TEXT PRIMARY KEY, maildir TEXT, active INTEGER)";
            command.ExecuteNonQuery();
            command.CommandText = "INSERT INTO mailbox VALUES ($key, 'there', 1)";
            var key = command.Parameters.Add("$key", SqliteType.Text);
            foreach (var name in _keys)
            {
                key.Value = name;
                command.ExecuteNonQuery();
            }
            transaction.Commit();
        }
        _text = _bench.Open("texthash", In("map"));
        _sqlite = _bench.Open("sqlite", "x", ("dbpath", In("mail.sqlite3")), ("query", "SELECT maildir FROM mailbox WHERE username = '%s' AND active = 1"));
        var counters = new TableCounters("bench", _meter.CreateHistogram<double>("bench"));
        _cached = new CachedTable(new MeasuredTable(_sqlite, counters, TimeProvider.System), TableCaching.Network with { Size = Keys, Ttl = TimeSpan.FromHours(1) }, counters, TimeProvider.System);
        _networks = _bench.Open("cidr", In("networks"));
        foreach (var key in _keys) await _cached.FindAsync(key, default);
        await Networks_find();
    }

    [GlobalCleanup]
    public void CleanUp()
    {
        _meter.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Benchmark]
    public ValueTask<LookupResult> File_find() => _text.FindAsync(Key(), default);

    [Benchmark]
    public ValueTask<LookupResult> Sqlite_find() => _sqlite.FindAsync(Key(), default);

    [Benchmark]
    public ValueTask<LookupResult> Cached_find() => _cached.FindAsync(Key(), default);

    [Benchmark]
    public ValueTask<LookupResult> Networks_find() => _networks.FindAsync("10.1.2.3", default);

    [Benchmark]
    public ValueTask<LookupResult> Networks_load() => _bench.Open("cidr", In("networks")).FindAsync("10.1.2.3", default);

    private string Key() => _keys[_next = (_next + 7919) % Keys];

    private string In(string name) => Path.Combine(_folder, name);
}
