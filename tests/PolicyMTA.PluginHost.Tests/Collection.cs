namespace PolicyMTA.PluginHost.Tests;

/// <summary>Collects until something is gone: an assembly needs more than one round.</summary>
internal static class Collection
{
    private const int Rounds = 30;

    public static async Task<bool> EndsAsync(Func<bool> isGone)
    {
        for (var round = 0; round < Rounds && !isGone(); round++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            await Task.Yield();
        }
        return isGone();
    }
}
