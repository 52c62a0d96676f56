namespace PolicyMTA.PluginHost.Tests;

/// <summary>Collects until something is gone: an assembly needs more than one round, and the runtime itself may still be compiling its methods in the background.</summary>
internal static class Collection
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    public static async Task<bool> EndsAsync(Func<bool> isGone)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!isGone() && TimeProvider.System.GetElapsedTime(start) < Patience)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        }
        return isGone();
    }
}
