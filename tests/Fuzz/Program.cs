using System.Globalization;
using PolicyMTA.Fuzz;

switch (args)
{
    case ["targets"]:
        foreach (var target in FuzzTargets.All) Console.WriteLine(target.Name);
        return 0;

    case ["instrument", var assembly]:
        SharpFuzz.Fuzzer.Instrument(assembly, _ => true, SharpFuzz.Options.Value);
        return 0;

    case ["run", var name, var executions, var corpus, var findings, var seed] when FuzzTargets.Find(name) is { } target:
        var folder = Path.Combine(corpus, name);
        var seeds = Directory.Exists(folder) ? Directory.GetFiles(folder).Order(StringComparer.Ordinal).Select(File.ReadAllBytes) : [];
        var run = new FuzzRun(target, findings);
        Console.WriteLine(run.Run(seeds, long.Parse(executions, CultureInfo.InvariantCulture), int.Parse(seed, CultureInfo.InvariantCulture)));
        return run.HasFindings ? 1 : 0;

    case ["replay", var name, .. var files] when FuzzTargets.Find(name) is { } target:
        foreach (var file in files) target.Check(File.ReadAllBytes(file));
        return 0;

    default:
        Console.Error.WriteLine("usage: targets | instrument ASSEMBLY | run TARGET EXECUTIONS CORPUS FINDINGS SEED | replay TARGET FILE...");
        return 2;
}
