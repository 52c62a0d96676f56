using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;

namespace PolicyMTA.Fuzz;

/// <summary>Runs one target: mutates what its corpus has, keeps what reaches new edges, writes what breaks an invariant into the folder of findings.</summary>
internal sealed class FuzzRun(FuzzTarget target, string findings)
{
    private const int MostFindings = 20;
    // No parser needs a millisecond for inputs this small. The limit is wide because other programs share the machine; a slow input gets a second and third try.
    private static readonly TimeSpan Slow = TimeSpan.FromMilliseconds(50);

    private readonly HashSet<string> _found = [];

    public bool HasFindings => _found.Count > 0;

    /// <summary>Returns the line for the log.</summary>
    public string Run(IEnumerable<byte[]> seeds, long executions, int seed)
    {
        using var coverage = new Coverage();
        var corpus = new List<byte[]> { Array.Empty<byte>() };
        foreach (var one in seeds)
        {
            Execute(one, coverage);
            corpus.Add(one);
        }
        if (coverage.Edges == 0) throw new InvalidOperationException("no edge was counted: the parsers are not instrumented; start through tests/Fuzz/run.sh");

        var mutator = new Mutator(new Random(seed), target.Words, target.MaxOctets);
        var watch = Stopwatch.StartNew();
        var done = 0L;
        for (; done < executions && _found.Count < MostFindings; done++)
        {
            var input = mutator.Mutate(corpus);
            if (Execute(input, coverage)) corpus.Add(input);
        }
        return string.Create(CultureInfo.InvariantCulture,
            $"| {target.Name} | {done} | {corpus.Count} | {coverage.Edges} | {done / watch.Elapsed.TotalSeconds:F0} | {_found.Count} |");
    }

    private bool Execute(byte[] input, Coverage coverage)
    {
        coverage.Begin();
        var start = Stopwatch.GetTimestamp();
        try
        {
            target.Check(input);
        }
        catch (Exception failure)
        {
            Report(input, failure);
        }
        var isNew = coverage.End();
        if (Stopwatch.GetElapsedTime(start) > Slow && IsSlow(input)) Report(input, new BrokenInvariantException("it takes too long"));
        return isNew;
    }

    private bool IsSlow(byte[] input)
    {
        for (var i = 0; i < 2; i++)
        {
            var start = Stopwatch.GetTimestamp();
            try
            {
                target.Check(input);
            }
            catch (Exception failure)
            {
                Report(input, failure);
            }
            if (Stopwatch.GetElapsedTime(start) <= Slow) return false;
        }
        return true;
    }

    /// <summary>One input per kind of failure is enough to work on.</summary>
    private void Report(byte[] input, Exception failure)
    {
        if (!_found.Add(failure is BrokenInvariantException ? failure.Message : failure.GetType().Name + Place(failure))) return;
        var folder = Directory.CreateDirectory(Path.Combine(findings, target.Name));
        var file = Path.Combine(folder.FullName, Convert.ToHexStringLower(SHA256.HashData(input).AsSpan(0, 8)));
        File.WriteAllBytes(file, input);
        Console.Error.WriteLine($"{target.Name}: {failure.GetType().Name}: {failure.Message}{Environment.NewLine}  {file}");
    }

    private static string Place(Exception failure) => failure.StackTrace?.Split('\n').FirstOrDefault() ?? "";
}
