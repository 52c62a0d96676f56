using Microsoft.Extensions.Logging;
using PolicyMTA.Addressing;
using PolicyMTA.Configuration;
using PolicyMTA.Sdk;

namespace PolicyMTA.Generations;

/// <summary>
/// A generation while it is made and after: its parameters, plugins, tables and parts. What an earlier generation made of the same things is shared,
/// anything else is made. Made on one flow; tables may be opened by any thread later.
/// </summary>
internal sealed class GenerationScope : IAddressClasses, IAsyncDisposable
{
    private readonly List<Action> _whenInForce = [];
    private GenerationScope? _previous;

    /// <summary>An empty scope for a configuration, beside the one in force.</summary>
    public GenerationScope(World world, MailConfiguration configuration, GenerationScope? previous)
    {
        (World, Configuration, Parameters, _previous) = (world, configuration, configuration.Parameters, previous);
        Plugins = new GenerationPlugins([], []);
        Tables = new GenerationTables(this);
        Parts = new PartList(world.Logging.CreateLogger("generations"));
    }

    /// <summary>What lives as long as the process.</summary>
    public World World { get; }
    /// <summary>The configuration.</summary>
    public MailConfiguration Configuration { get; }
    /// <summary>Its parameters, those of plugins included.</summary>
    public Parameters Parameters { get; set; }
    /// <summary>The plugins.</summary>
    public GenerationPlugins Plugins { get; set; }
    /// <summary>The tables.</summary>
    public GenerationTables Tables { get; }
    /// <summary>The address classes, once they are made.</summary>
    public AddressBook? Book { get; set; }
    /// <summary>Everything the generation holds.</summary>
    public PartList Parts { get; }

    /// <summary>Finds a part of the generation in force; null when there is none.</summary>
    public GenerationPart<T>? FindEarlier<T>(string kind, string name) where T : class => _previous?.Parts.Find<T>(kind, name);

    /// <summary>A parameter's text; null when there is no such parameter here.</summary>
    public string? FindSetting(string name) => Parameters.FindDefinition(name) is null ? null : Parameters.Text(name);

    /// <summary>The part of that name: the earlier generation's when it was made of the same, else a new one.</summary>
    /// <param name="kind">Its kind.</param>
    /// <param name="name">Its name among its kind.</param>
    /// <param name="basis">The hash of what it is made from, besides what it uses.</param>
    /// <param name="plugin">The plugin that makes it; null for the program.</param>
    /// <param name="create">Makes it. May throw <see cref="ConfigurationException"/>.</param>
    public GenerationPart<PluginMade<T>> Obtain<T>(string kind, string name, string basis, GenerationPart<LoadedGenerationPlugin>? plugin, Func<PluginServices, T> create) where T : class
    {
        basis = ContentHash.OfTexts(basis, plugin?.Value.Hash ?? "");
        if (FindUnchanged<T>(kind, name, basis, sameAddresses: false) is { } earlier) return Keep(earlier);
        var services = Offer(plugin, kind);
        T made;
        try
        {
            made = create(services);
        }
        catch (Exception error)
        {
            Parts.Hold(services);
            if (error is ConfigurationException || plugin is null) throw;
            // The exception itself may be of a type of the plugin's and would keep it in memory: only its words go on.
            throw new ConfigurationException($"the plugin {plugin.Name} failed to make {kind} {name}: {error.Message}");
        }
        return Add(kind, name, new PluginMade<T>(made, basis, [services]));
    }

    /// <summary>Adds a part that was made.</summary>
    public GenerationPart<PluginMade<T>> Add<T>(string kind, string name, PluginMade<T> made) where T : class => Parts.Add(kind, name, made.Hash, made, m => m.DisposeAsync());

    /// <summary>Shares an earlier generation's part.</summary>
    public GenerationPart<PluginMade<T>> Keep<T>(GenerationPart<PluginMade<T>> earlier) where T : class
    {
        _whenInForce.Add(() =>
        {
            foreach (var services in earlier.Value.Services) services.MoveTo(this);
        });
        return Parts.Keep(earlier);
    }

    /// <summary>Finds the earlier generation's part when it was made of the same; null otherwise.</summary>
    public GenerationPart<PluginMade<T>>? FindUnchanged<T>(string kind, string name, string basis, bool sameAddresses) where T : class =>
        FindEarlier<PluginMade<T>>(kind, name) is { } earlier && earlier.Value.Basis == basis && earlier.Value.Services.All(s => s.Dependencies.HoldFor(this, sameAddresses)) ? earlier : null;

    /// <summary>Services for a part to be made; they keep its plugin in memory.</summary>
    public PluginServices Offer(GenerationPart<LoadedGenerationPlugin>? plugin, string owner)
    {
        var services = new PluginServices(this, plugin?.Name ?? owner, plugin?.Value.Options);
        if (plugin is not null) services.Hold(plugin.Share());
        return services;
    }

    /// <summary>The generation is in force: parts that came from the earlier one belong here now.</summary>
    public void EnterForce()
    {
        foreach (var action in _whenInForce) action();
        _whenInForce.Clear();
        _previous = null;
    }

    /// <inheritdoc/>
    public ValueTask<AddressClass> ClassifyAsync(Address address, CancellationToken cancellationToken) => Ready().ClassifyAsync(address, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<AddressStatus> ValidateAsync(Address address, CancellationToken cancellationToken) => Ready().ValidateAsync(address, cancellationToken);

    /// <inheritdoc/>
    public Address Complete(Address address) => Ready().Complete(address);

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _whenInForce.Clear();
        _previous = null;
        return Parts.DisposeAsync();
    }

    private AddressBook Ready() => Book ?? throw new ConfigurationException("address classes can't be asked before the generation is made");
}
