using System.Diagnostics.Metrics;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using PolicyMTA.Sdk;

namespace PolicyMTA.Plugins.Tests;

/// <summary>Registers plugins as the program would, and offers what their factories ask for; its log is a list of lines.</summary>
internal sealed class PluginBench : IPluginRegistry, IPluginServices, ILookupTables, ISettings, ILogger
{
    private readonly Dictionary<string, Func<TableArguments, IPluginServices, ILookupTable>> _types = [];
    private readonly Dictionary<string, Func<IPluginServices, IAuthenticator>> _authenticators = [];
    private readonly Dictionary<string, Func<string, IPluginServices, IConnectionService>> _services = [];
    private readonly Dictionary<string, Func<string, IPluginServices, IMilter>> _milters = [];
    private readonly CancellationTokenSource _end = new();
    private Func<object>? _options;
    private Func<IReadOnlyList<string>>? _mistakes;

    public PluginBench(params IPlugin[] plugins)
    {
        foreach (var plugin in plugins) plugin.Register(this);
    }

    /// <summary>Parameters by name; of the program's own there are those that plugins here read.</summary>
    public Dictionary<string, string> Values { get; } = new() { ["milter_macro_daemon_name"] = "mx.example.test" };
    public Dictionary<string, ILookupTable> OpenTables { get; } = [];
    public List<string> Lines { get; } = [];
    public FakeTimeProvider Clock { get; } = new();
    public string Folder { get; set; } = "";
    public List<Task> Work { get; } = [];
    public IDnsResolver? Resolver { get; set; }
    /// <summary>The plugin's section, as JSON.</summary>
    public string OptionsText { get; set; } = "{}";

    /// <summary>Ends the background work, as the program does with a generation.</summary>
    public async Task EndWorkAsync()
    {
        await _end.CancelAsync();
        await Task.WhenAll(Work).ContinueWith(_ => { }, TaskScheduler.Default);
    }

    public ILookupTable Open(string specification)
    {
        if (OpenTables.TryGetValue(specification, out var open)) return open;
        var colon = specification.IndexOf(':');
        return Open(specification[..colon], specification[(colon + 1)..]);
    }

    public ILookupTable Open(string type, string name, params (string Key, string Value)[] parameters) =>
        _types[type](new TableArguments(type, name, parameters.ToDictionary(p => p.Key, p => p.Value)) { Folder = Folder }, this);

    public IAuthenticator Authenticator(string name) => _authenticators[name](this);

    public IConnectionService Service(string text) => _services[text.Split(':')[0]](text, this);

    public IMilter Milter(string name) => _milters[name.Split(':')[0]](name, this);

    public TimeProvider Time => Clock;
    public ISettings Settings => this;
    public ILookupTables Tables => this;
    public ILogger Logger => this;
    public IAddressClasses Addresses => throw new NotSupportedException();
    public IDnsResolver Dns => Resolver ?? throw new NotSupportedException();
    public IAddressVerifier Verifier => throw new NotSupportedException();
    public IMailSubmission Submission { get; set; } = null!;
    public Meter Meter { get; } = new("bench");
    public TOptions Options<TOptions>() where TOptions : class => (TOptions)_options!();
    public void Run(string name, Func<CancellationToken, Task> work) => Work.Add(Task.Run(() => work(_end.Token)));

    public string Text(string name) => Values[name];
    public int Int32(string name) => int.Parse(Values[name]);
    public bool Boolean(string name) => Values[name] == "yes";
    public IReadOnlyList<string> List(string name) => Values[name].Split(' ');
    public string FullPath(string path) => Path.GetFullPath(path, Folder);

    public void AddLookupTable(string type, Func<TableArguments, IPluginServices, ILookupTable> create) => _types.Add(type, create);
    public void AddAuthenticator(string name, Func<IPluginServices, IAuthenticator> create) => _authenticators.Add(name, create);
    public void AddSetting(string name, string defaultValue) => Values.Add(name, defaultValue);
    public void AddOptions<TOptions>(JsonTypeInfo<TOptions> metadata, Func<TOptions, IEnumerable<string>>? validate) where TOptions : class
    {
        _options = () => JsonSerializer.Deserialize(OptionsText, metadata)!;
        _mistakes = () => [.. validate?.Invoke((TOptions)_options()) ?? []];
    }

    /// <summary>What the plugin finds wrong with its section.</summary>
    public IReadOnlyList<string> Mistakes() => _mistakes!();

    public void AddRestriction<TContext>(string name, Func<RestrictionArguments, IPluginServices, IRestriction<TContext>> create, string parameters = "") where TContext : ClientContext => throw new NotSupportedException();
    public void AddMilter(string name, Func<string, IPluginServices, IMilter> create) => _milters.Add(name, create);
    public void AddTransport(string name, Func<IPluginServices, ITransport> create) => throw new NotSupportedException();
    public void AddConnectionService(string name, Func<string, IPluginServices, IConnectionService> create) => _services.Add(name, create);
    public void AddCommand(string name, Func<IPluginServices, IPluginCommand> create) => throw new NotSupportedException();
    public void AddQueueStore(string name, Func<IPluginServices, IQueueStore> create) => throw new NotSupportedException();
    public void AddCounterStore(string name, Func<IPluginServices, ICounterStore> create) => throw new NotSupportedException();

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;
    public bool IsEnabled(LogLevel logLevel) => true;
    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Lines.Add(formatter(state, exception));
}
