using System.Reflection;
using PolicyMTA.Sdk;
using ContextLoader = McMaster.NETCore.Plugins.PluginLoader;

namespace PolicyMTA.PluginHost;

/// <summary>Finds, stages and loads plugins. Thread-safe.</summary>
public sealed class PluginLoader
{
    private readonly PluginHostOptions _options;
    private readonly PluginStage _stage;
    private readonly Lock _lock = new();
    private readonly List<LoadedPlugin> _loaded = [];

    public PluginLoader(PluginHostOptions options)
    {
        _options = options ?? throw new ArgumentNullException(nameof(options));
        _stage = new PluginStage(options, new PluginInspection(new HostAssemblies(options.SharedAssemblies)));
    }

    /// <summary>Searches the folders, copies and checks what is there. Nothing is loaded; all that is wrong is reported at once.</summary>
    public async ValueTask<PluginScan> ScanAsync(CancellationToken cancellationToken)
    {
        var (candidates, errors) = PluginCandidate.FindAll(_options.Folders);
        var staged = await Task.WhenAll(candidates.Select(c => Task.Run(() => _stage.AddAsync(c, cancellationToken), cancellationToken)));
        return Merge(staged.Append(new PluginScan([], errors)));
    }

    /// <summary>A plugin that was staged before, for going back to an earlier generation; an error when its copy is gone or broken.</summary>
    public PluginScan FindStaged(string hash, string sourcePath) => _stage.Find(hash, sourcePath);

    /// <summary>Deletes the copies of all plugins but these. Those of live generations must be among them: a dependency may be read at its first use.</summary>
    public void Prune(IReadOnlySet<string> hashes) => _stage.Prune(hashes);

    /// <summary>Plugins that were disposed and are still in memory: something they left behind holds them. True only after a collection.</summary>
    public IReadOnlyList<LoadedPlugin> FindLingering()
    {
        lock (_lock)
        {
            _loaded.RemoveAll(p => p.IsUnloaded);
            return [.. _loaded.Where(p => p.IsDisposed)];
        }
    }

    /// <summary>Loads a plugin and lets it declare what it offers.</summary>
    /// <exception cref="ConfigurationException">It can't be loaded or declares what it must not; nothing of it stays.</exception>
    public LoadedPlugin Load(StagedPlugin plugin)
    {
        ArgumentNullException.ThrowIfNull(plugin);
        var loaded = LoadContext(plugin);
        lock (_lock)
        {
            _loaded.RemoveAll(p => p.IsUnloaded);
            _loaded.Add(loaded);
        }
        return loaded;
    }

    private static LoadedPlugin LoadContext(StagedPlugin plugin)
    {
        ContextLoader? loader = null;
        try
        {
            loader = ContextLoader.CreateFromAssemblyFile(plugin.AssemblyPath, config =>
            {
                config.IsUnloadable = true;
                config.LoadInMemory = true;
                config.PreferSharedTypes = false;
                config.IsLazyLoaded = false;
                config.EnableHotReload = false;
                foreach (var name in plugin.Shared) config.SharedAssemblies.Add(new AssemblyName(name));
            });
            var entry = CreateEntry(loader.LoadDefaultAssembly());
            var registry = new PluginRegistry(plugin.Name);
            entry.Register(registry);
            return new LoadedPlugin(plugin, loader, entry, registry.Close());
        }
        catch (Exception error)
        {
            loader?.Dispose();
            // The exception itself may be of a type of the plugin's and would keep it in memory: only its words go on.
            throw new ConfigurationException($"{plugin.SourcePath}: {(error is ConfigurationException ? error.Message : $"can't be loaded: {Innermost(error).Message}")}");
        }
    }

    private static IPlugin CreateEntry(Assembly assembly)
    {
        var attribute = assembly.GetCustomAttributesData().First(a => a.AttributeType is { IsGenericType: true } type && type.GetGenericTypeDefinition() == typeof(PluginAttribute<>));
        return (IPlugin)Activator.CreateInstance(attribute.AttributeType.GenericTypeArguments[0], nonPublic: true)!;
    }

    private static Exception Innermost(Exception error) => error is TargetInvocationException { InnerException: { } inner } ? inner : error;

    private static PluginScan Merge(IEnumerable<PluginScan> scans)
    {
        var all = scans.ToList();
        var plugins = all.SelectMany(s => s.Plugins).ToList();
        var errors = all.SelectMany(s => s.Errors).ToList();
        foreach (var same in plugins.GroupBy(p => p.Name, StringComparer.OrdinalIgnoreCase).Where(g => g.Count() > 1))
        {
            errors.Add(new PluginError(same.Last().SourcePath, $"the plugin {same.Key} is there more than once: {string.Join(" and ", same.Select(p => p.SourcePath))}"));
            plugins.RemoveAll(same.Contains);
        }
        return new PluginScan(plugins, errors);
    }
}
