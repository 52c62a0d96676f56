using System.Runtime.CompilerServices;
using PolicyMTA.PluginHost;

namespace PolicyMTA.Restrictions.Tests;

public sealed class ShippedPluginsTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly string _folder = Directory.CreateTempSubdirectory("shipped-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task The_shipped_plugins_load_agree_with_each_other_and_unload()
    {
        foreach (var file in Directory.GetFiles(AppContext.BaseDirectory, "PolicyMTA.Restrictions.*.dll")) File.Copy(file, Path.Combine(_folder, Path.GetFileName(file)));
        var loader = new PluginLoader(new PluginHostOptions { Folders = [_folder], VersionsFolder = Path.Combine(_folder, ".versions") });
        Assert.Equal(new RestrictionBench().Names.Order(), await LoadAllAsync(loader));
        var start = TimeProvider.System.GetTimestamp();
        while (loader.FindLingering().Count > 0 && TimeProvider.System.GetElapsedTime(start) < Patience)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System); // the runtime may still be compiling their methods
        }
        Assert.Empty(loader.FindLingering());
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task<List<string>> LoadAllAsync(PluginLoader loader)
    {
        var scan = await loader.ScanAsync(TestContext.Current.CancellationToken);
        Assert.Empty(scan.Errors);
        var plugins = scan.Plugins.Select(loader.Load).ToList();
        Assert.Empty(PluginClashes.Find(plugins));
        var names = plugins.SelectMany(p => p.Declarations.Restrictions.Keys).Order().ToList();
        foreach (var plugin in plugins) await plugin.DisposeAsync();
        return names;
    }
}
