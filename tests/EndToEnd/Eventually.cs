using System.Diagnostics;

namespace PolicyMTA.EndToEnd;

/// <summary>What another process says, it may say after what was seen of it: waits for that.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Waits for a line of a log in which all parts stand.</summary>
    /// <exception cref="TimeoutException">It never came; the log.</exception>
    public static async Task SaysAsync(Func<string> log, params string[] parts)
    {
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < Patience; await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System))
        {
            if (log().Split('\n').Any(line => parts.All(part => line.Contains(part, StringComparison.Ordinal)))) return;
        }
        throw new TimeoutException($"no line with '{string.Join("' and '", parts)}' in:\n{log()}");
    }
}
