namespace PolicyMTA.PluginHost.Tests;

/// <summary>Collects until something is gone: an assembly needs more than one round, and the runtime itself may still be compiling its methods in the background.</summary>
internal static class Collection
{
    /// <summary>Collectable code is let go in the background, which a busy machine puts off for long.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    public static Task<bool> EndsAsync(Func<bool> isGone) => EndsAsync(isGone, Patience);

    public static async Task<bool> EndsAsync(Func<bool> isGone, TimeSpan patience)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!isGone() && TimeProvider.System.GetElapsedTime(start) < patience)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        }
        return isGone();
    }
}
