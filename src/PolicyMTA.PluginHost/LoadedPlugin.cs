using System.Runtime.CompilerServices;
using System.Runtime.Loader;
using PolicyMTA.Sdk;
using ContextLoader = McMaster.NETCore.Plugins.PluginLoader;

namespace PolicyMTA.PluginHost;

/// <summary>A plugin in memory. Dispose it after everything its factories made: its load context then unloads as soon as nothing holds it.</summary>
public sealed class LoadedPlugin : IAsyncDisposable
{
    private ContextLoader? _loader;
    private IPlugin? _plugin;
    private PluginDeclarations? _declarations;

    internal LoadedPlugin(StagedPlugin source, ContextLoader loader, IPlugin plugin, PluginDeclarations declarations)
    {
        Source = source;
        _loader = loader;
        _plugin = plugin;
        _declarations = declarations;
        ContextReference = ReferTo(plugin);
    }

    public string Name => Source.Name;
    public StagedPlugin Source { get; }

    /// <summary>What it declared. Not to be kept longer than the plugin.</summary>
    public PluginDeclarations Declarations => _declarations ?? throw new ObjectDisposedException(Name);

    /// <summary>Its load context. One that stays alive after <see cref="DisposeAsync"/> and a collection is held by something the plugin left behind.</summary>
    public WeakReference ContextReference { get; }

    public bool IsDisposed => _loader is null;

    /// <summary>True once the plugin was disposed and its assemblies are gone.</summary>
    public bool IsUnloaded => IsDisposed && !ContextReference.IsAlive;

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _loader, null) is not { } loader) return;
        var plugin = Interlocked.Exchange(ref _plugin, null);
        _declarations = null;
        try
        {
            if (plugin is IAsyncDisposable asynchronous) await asynchronous.DisposeAsync();
            else (plugin as IDisposable)?.Dispose();
        }
        finally
        {
            loader.Dispose();
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference ReferTo(IPlugin plugin) =>
        new(AssemblyLoadContext.GetLoadContext(plugin.GetType().Assembly), trackResurrection: true);
}
