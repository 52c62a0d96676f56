using System.Text.RegularExpressions;

namespace PolicyMTA.Architecture.Tests;

public sealed partial class SourceTests
{
    private const int LongestFile = 400;

    // The checkpointer is a thread of its own, which waits for work; the pump takes results of tasks that are complete.
    private static readonly string[] MayWait = ["Checkpointer.cs", "PromisePump.cs"];

    [Fact]
    public void No_type_has_a_name_that_means_two_things()
    {
        var offenders = Repository.Sources("src", "plugins").SelectMany(f => MixedName().Matches(File.ReadAllText(f)).Select(m => $"{Path.GetFileName(f)}: {m.Value}"));
        Assert.Empty(offenders);
    }

    [Fact]
    public void No_file_is_longer_than_one_can_read()
    {
        var offenders = Repository.Sources("src", "plugins").Where(f => File.ReadLines(f).Count() > LongestFile).Select(Path.GetFileName);
        Assert.Empty(offenders);
    }

    [Fact]
    public void Nothing_is_left_unwritten()
    {
        var offenders = Repository.Sources("src", "plugins").Where(f => File.ReadAllText(f).Contains("NotImplementedException", StringComparison.Ordinal)).Select(Path.GetFileName);
        Assert.Empty(offenders);
    }

    [Fact]
    public void No_thread_waits_for_a_task()
    {
        var offenders = Repository.Sources("src", "plugins").Where(f => !MayWait.Contains(Path.GetFileName(f))).SelectMany(f => Blocking().Matches(File.ReadAllText(f)).Select(m => $"{Path.GetFileName(f)}: {m.Value}"));
        Assert.Empty(offenders);
    }

    [GeneratedRegex(@"\b(class|record|struct|interface|enum) \w+(Manager|Helper|Utils?|Info|Data|Processor|Wrapper|Base|Impl|Common|Misc)\b")]
    private static partial Regex MixedName();

    [GeneratedRegex(@"\.GetAwaiter\(\)\.GetResult\(\)|\.Wait\(\)")]
    private static partial Regex Blocking();
}
