using PolicyMTA.Sdk;

namespace PolicyMTA.PluginHost;

/// <summary>What a plugin declared, by name. Its factories reach into the plugin: whoever keeps one keeps the plugin in memory.</summary>
public sealed record PluginDeclarations
{
    public required string Plugin { get; init; }
    public required IReadOnlyDictionary<string, RestrictionFactory> Restrictions { get; init; }
    public required IReadOnlyDictionary<string, Func<TableArguments, IPluginServices, ILookupTable>> Tables { get; init; }
    public required IReadOnlyDictionary<string, Func<IPluginServices, IAuthenticator>> Authenticators { get; init; }
    public required IReadOnlyDictionary<string, Func<string, IPluginServices, IMilter>> Milters { get; init; }
    public required IReadOnlyDictionary<string, Func<IPluginServices, ITransport>> Transports { get; init; }
    public required IReadOnlyDictionary<string, Func<string, IPluginServices, IConnectionService>> ConnectionServices { get; init; }
    public required IReadOnlyDictionary<string, Func<IPluginServices, IPluginCommand>> Commands { get; init; }
    public required IReadOnlyDictionary<string, Func<IPluginServices, IQueueStore>> QueueStores { get; init; }
    public required IReadOnlyDictionary<string, Func<IPluginServices, ICounterStore>> CounterStores { get; init; }

    /// <summary>Parameters of the main configuration with their defaults.</summary>
    public required IReadOnlyDictionary<string, string> Settings { get; init; }

    /// <summary>Null when the plugin has none: a section <c>[plugins.NAME]</c> is then an error.</summary>
    public OptionsDeclaration? Options { get; init; }
}
