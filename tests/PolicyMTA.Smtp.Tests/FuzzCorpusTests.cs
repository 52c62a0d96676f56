using PolicyMTA.Fuzz;

namespace PolicyMTA.Smtp.Tests;

/// <summary>What fuzzing began with and what it found (docs/fuzzing.md), checked again in every run of the tests.</summary>
public sealed class FuzzCorpusTests
{
    public static TheoryData<string> Targets => [.. FuzzTargets.All.Select(target => target.Name)];

    [Theory]
    [MemberData(nameof(Targets))]
    public void Every_invariant_holds_for_the_corpus(string name)
    {
        var target = FuzzTargets.Find(name)!;
        var files = Directory.GetFiles(Path.Combine(Suite.Root()!, "tests", "Fuzz", "corpus", name));
        Assert.NotEmpty(files);
        foreach (var file in files)
        {
            var failure = Record.Exception(() => target.Check(File.ReadAllBytes(file)));
            Assert.True(failure is null, $"{name}/{Path.GetFileName(file)}: {failure}");
        }
    }

    [Theory]
    [MemberData(nameof(Targets))]
    public void Every_invariant_holds_for_what_is_made_of_the_corpus(string name)
    {
        var target = FuzzTargets.Find(name)!;
        var corpus = Directory.GetFiles(Path.Combine(Suite.Root()!, "tests", "Fuzz", "corpus", name)).Order(StringComparer.Ordinal).Select(File.ReadAllBytes).ToArray();
        var mutator = new Mutator(new Random(20261122), target.Words, target.MaxOctets);
        for (var i = 0; i < 10_000; i++)
        {
            var input = mutator.Mutate(corpus);
            var failure = Record.Exception(() => target.Check(input));
            Assert.True(failure is null, $"{name}: {Convert.ToHexString(input)}: {failure}");
        }
    }
}
