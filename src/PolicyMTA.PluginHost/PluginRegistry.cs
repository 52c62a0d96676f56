using System.Text.Json.Serialization.Metadata;
using PolicyMTA.Sdk;

namespace PolicyMTA.PluginHost;

/// <summary>Collects what a plugin declares while its <see cref="IPlugin.Register"/> runs, and not afterwards.</summary>
internal sealed class PluginRegistry(string plugin) : IPluginRegistry
{
    private readonly Dictionary<string, RestrictionFactory> _restrictions = [];
    private readonly Dictionary<string, Func<TableArguments, IPluginServices, ILookupTable>> _tables = [];
    private readonly Dictionary<string, Func<IPluginServices, IAuthenticator>> _authenticators = [];
    private readonly Dictionary<string, Func<string, IPluginServices, IMilter>> _milters = [];
    private readonly Dictionary<string, Func<IPluginServices, ITransport>> _transports = [];
    private readonly Dictionary<string, Func<string, IPluginServices, IConnectionService>> _connectionServices = [];
    private readonly Dictionary<string, Func<IPluginServices, IPluginCommand>> _commands = [];
    private readonly Dictionary<string, Func<IPluginServices, IQueueStore>> _queueStores = [];
    private readonly Dictionary<string, Func<IPluginServices, ICounterStore>> _counterStores = [];
    private readonly Dictionary<string, string> _settings = [];
    private OptionsDeclaration? _options;
    private bool _isClosed;

    public void AddOptions<TOptions>(JsonTypeInfo<TOptions> metadata, Func<TOptions, IEnumerable<string>>? validate = null) where TOptions : class
    {
        ArgumentNullException.ThrowIfNull(metadata);
        if (_isClosed) throw TooLate();
        if (_options is not null) throw new ConfigurationException("the plugin declares its options twice");
        _options = OptionsDeclaration.Of(metadata, validate);
    }

    public void AddSetting(string name, string defaultValue) => Add(_settings, "setting", name, defaultValue);

    public void AddRestriction<TContext>(string name, Func<RestrictionArguments, IPluginServices, IRestriction<TContext>> create, string parameters = "") where TContext : ClientContext
    {
        // The core makes contexts: one of the plugin's own would never come.
        if (typeof(TContext).Assembly != typeof(ClientContext).Assembly) throw new ConfigurationException($"the restriction '{name}' asks for a context that no stage has");
        if (!IsIdentifier(name)) throw new ConfigurationException($"the restriction '{name}' can't be called that: policies write r.NAME()");
        Add(_restrictions, "restriction", name, new RestrictionFactory(name, typeof(TContext), plugin, create) { Parameters = parameters });
    }

    public void AddLookupTable(string type, Func<TableArguments, IPluginServices, ILookupTable> create) => Add(_tables, "lookup table", type, create);
    public void AddAuthenticator(string name, Func<IPluginServices, IAuthenticator> create) => Add(_authenticators, "authenticator", name, create);
    public void AddMilter(string name, Func<string, IPluginServices, IMilter> create) => Add(_milters, "milter", name, create);
    public void AddTransport(string name, Func<IPluginServices, ITransport> create) => Add(_transports, "transport", name, create);
    public void AddConnectionService(string name, Func<string, IPluginServices, IConnectionService> create) => Add(_connectionServices, "connection service", name, create);
    public void AddCommand(string name, Func<IPluginServices, IPluginCommand> create) => Add(_commands, "command", name, create);
    public void AddQueueStore(string name, Func<IPluginServices, IQueueStore> create) => Add(_queueStores, "queue store", name, create);
    public void AddCounterStore(string name, Func<IPluginServices, ICounterStore> create) => Add(_counterStores, "counter store", name, create);

    public PluginDeclarations Close()
    {
        _isClosed = true;
        return new PluginDeclarations
        {
            Plugin = plugin,
            Restrictions = _restrictions,
            Tables = _tables,
            Authenticators = _authenticators,
            Milters = _milters,
            Transports = _transports,
            ConnectionServices = _connectionServices,
            Commands = _commands,
            QueueStores = _queueStores,
            CounterStores = _counterStores,
            Settings = _settings,
            Options = _options,
        };
    }

    private void Add<T>(Dictionary<string, T> declared, string kind, string name, T value)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(value);
        if (_isClosed) throw TooLate();
        if (!declared.TryAdd(name, value)) throw new ConfigurationException($"the plugin declares the {kind} '{name}' twice");
    }

    private static InvalidOperationException TooLate() => new("Register has returned: nothing can be declared any more");

    private static bool IsIdentifier(string name) =>
        name.Length > 0 && char.IsAsciiLetter(name[0]) && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');
}
