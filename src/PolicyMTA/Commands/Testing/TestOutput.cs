using System.Globalization;
using PolicyMTA.Policy;
using PolicyMTA.Policy.Testing;

namespace PolicyMTA.Commands.Testing;

/// <summary>Tells how tests went: plainly, as TAP (version 14), and as a JUnit file.</summary>
internal sealed class TestOutput(bool isTap, string? junit, bool tellsCoverage)
{
    private bool _hasBegun;

    /// <summary>Tells of one file's tests.</summary>
    /// <param name="results">How they went.</param>
    /// <param name="before">How many were told of before.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task WriteAsync(IReadOnlyList<PolicyTestResult> results, int before, CancellationToken cancellationToken)
    {
        if (isTap && !_hasBegun) await SayAsync("TAP version 14", cancellationToken);
        if (!isTap && results.Count > 0) await SayAsync(results[0].File, cancellationToken);
        _hasBegun = true;
        foreach (var result in results) await (isTap ? TapAsync(result, ++before, cancellationToken) : PlainAsync(result, cancellationToken));
    }

    /// <summary>Sums up.</summary>
    public async Task FinishAsync(IReadOnlyList<PolicyTestResult> results, IReadOnlyList<RuleInForce> rules, CancellationToken cancellationToken)
    {
        var failed = results.Count(r => r.Failure is not null);
        if (isTap) await SayAsync($"1..{results.Count}", cancellationToken);
        if (tellsCoverage) await CoverageAsync(rules, cancellationToken);
        if (!isTap) await SayAsync($"{results.Count - failed} passed, {failed} failed", cancellationToken);
        if (junit is not null) await File.WriteAllTextAsync(junit, JunitReport.Write(results), cancellationToken);
    }

    private static async Task PlainAsync(PolicyTestResult result, CancellationToken cancellationToken)
    {
        var took = string.Create(CultureInfo.InvariantCulture, $"{result.Duration.TotalMilliseconds:0} ms");
        if (result.Failure is not { } failure)
        {
            await SayAsync($"  ok    {result.Name} ({took})", cancellationToken);
            return;
        }
        await SayAsync($"  FAIL  {(result.Name.Length > 0 ? result.Name : "the file can't be run")}", cancellationToken);
        await SayAsync($"        {Place(result)}: {failure.Message.ReplaceLineEndings("\n          ")}", cancellationToken);
    }

    private static async Task TapAsync(PolicyTestResult result, int number, CancellationToken cancellationToken)
    {
        // A number sign begins a directive there.
        var name = $"{result.File}: {(result.Name.Length > 0 ? result.Name : "the file can't be run")}".Replace("#", "\\#", StringComparison.Ordinal);
        await SayAsync($"{(result.Failure is null ? "ok" : "not ok")} {number} - {name}", cancellationToken);
        if (result.Failure is not { } failure) return;
        await SayAsync($"  ---\n  message: {System.Text.Json.JsonSerializer.Serialize(failure.Message, Control.ControlJson.Default.String)}\n  at: {Place(result)}\n  ...", cancellationToken);
    }

    private static async Task CoverageAsync(IReadOnlyList<RuleInForce> rules, CancellationToken cancellationToken)
    {
        var written = rules.Where(r => r.File.Length > 0).ToList();
        var asked = written.Count(r => r.Counts.Asked > 0);
        var share = written.Count == 0 ? 100 : 100.0 * asked / written.Count;
        await SayAsync(string.Create(CultureInfo.InvariantCulture, $"# rules asked: {asked} of {written.Count} ({share:0} %)"), cancellationToken);
        foreach (var rule in written.Where(r => r.Counts.Asked == 0)) await SayAsync($"# never asked: {rule.File}:{rule.Line} {rule.Counts.Rule} ({rule.Counts.Stage})", cancellationToken);
        foreach (var rule in written.Where(r => r.Counts is { Asked: > 0, Matches: 0 })) await SayAsync($"# asked, and always said dunno: {rule.File}:{rule.Line} {rule.Counts.Rule} ({rule.Counts.Stage})", cancellationToken);
    }

    private static string Place(PolicyTestResult result) => result.Failure is { Line: > 0 } at ? $"{result.File}:{at.Line}:{at.Column}" : result.Line > 0 ? $"{result.File}:{result.Line}" : result.File;

    private static Task SayAsync(string line, CancellationToken cancellationToken) => Console.Out.WriteLineAsync(line.AsMemory(), cancellationToken);
}
