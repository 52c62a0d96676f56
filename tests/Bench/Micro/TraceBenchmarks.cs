using BenchmarkDotNet.Attributes;
using PolicyMTA.Policy;
using PolicyMTA.Traces;

namespace PolicyMTA.Microbenchmarks;

/// <summary>What a decision trace costs to keep: one of a message with fourteen rules, written as a batch of a quarter of a second is.</summary>
[MemoryDiagnoser]
public class TraceBenchmarks
{
    private const int Batch = 100;

    private readonly string _folder = Directory.CreateTempSubdirectory("policymta-bench-").FullName;
    private TraceDatabase _growing = null!, _full = null!;
    private int _next;

    [GlobalSetup]
    public void SetUp()
    {
        _growing = Open("growing", 1L << 32);
        _full = Open("full", 16 << 20);
        for (var batch = 0; batch < 800; batch++) _full.Write(Traces());
    }

    [GlobalCleanup]
    public void CleanUp()
    {
        _growing.Dispose();
        _full.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Benchmark(OperationsPerInvoke = Batch)]
    public void Write_growing() => _growing.Write(Traces());

    [Benchmark(OperationsPerInvoke = Batch)]
    public void Write_full() => _full.Write(Traces());

    private TraceDatabase Open(string name, long size) => TraceDatabase.Open(new TraceSettings(Path.Combine(_folder, name), TimeSpan.FromDays(7), size), TimeProvider.System);

    private List<DecisionTrace> Traces() => [.. Enumerable.Range(0, Batch).Select(_ => Trace(_next++))];

    private static DecisionTrace Trace(int n) => new()
    {
        Time = DateTimeOffset.UnixEpoch.AddYears(80),
        Session = $"6a1b2c3d.{n:x}",
        Transaction = 1,
        QueueId = $"4dR{n:x12}zzz",
        Generation = "0123456789ab",
        Listener = "smtp",
        Client = "mail.client.example[192.0.2.10]",
        Helo = "mail.client.example",
        Sender = "joe@client.example",
        Decisions =
        [
            new Decision("RCPT", "alice@example.test", "250 2.1.5 Ok", Steps("client", 2, "helo", 3, "sender", 3, "relay", 3, "recipient", 2)),
            new Decision("END-OF-MESSAGE", "", "250 2.0.0 Ok: queued as 4dR000000000000zzz", Steps("end_of_data", 1)),
        ],
    };

    private static List<DecisionStep> Steps(params object[] lists) =>
        [.. from i in Enumerable.Range(0, lists.Length / 2)
            from n in Enumerable.Range(0, (int)lists[2 * i + 1])
            select new DecisionStep((string)lists[2 * i], $"reject_something_{n}", lists[2 * i] + ".js", n + 3, "dunno", TimeSpan.FromMicroseconds(3))];
}
