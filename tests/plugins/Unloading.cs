using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.Loader;
using PolicyMTA.Sdk;

namespace PolicyMTA.Plugins.Tests;

/// <summary>Loads a plugin once more, in a context of its own, and tells whether it goes when it is let go.</summary>
internal static class Unloading
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    public static async Task<bool> LeavesAfterAsync(string assemblyPath, Func<PluginBench, Task> use)
    {
        var context = await UseAsync(assemblyPath, use);
        // What came before may still be on this thread's stack, and hold on to the plugin.
        await Task.Yield();
        var start = TimeProvider.System.GetTimestamp();
        while (context.IsAlive && TimeProvider.System.GetElapsedTime(start) < Patience)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System); // the runtime may still be compiling its methods
        }
        return !context.IsAlive;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task<WeakReference> UseAsync(string assemblyPath, Func<PluginBench, Task> use)
    {
        var context = new AssemblyLoadContext("plugin", isCollectible: true);
        using var image = new MemoryStream(await File.ReadAllBytesAsync(assemblyPath));
        var assembly = context.LoadFromStream(image);
        var entry = assembly.GetCustomAttributes().Single(a => a.GetType().Name.StartsWith("PluginAttribute", StringComparison.Ordinal)).GetType().GetGenericArguments()[0];
        await use(new PluginBench((IPlugin)Activator.CreateInstance(entry)!));
        context.Unload();
        return new WeakReference(context);
    }
}
