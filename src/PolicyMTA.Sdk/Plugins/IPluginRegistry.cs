using System.Text.Json.Serialization.Metadata;

namespace PolicyMTA.Sdk;

/// <summary>
/// Where a plugin declares what it offers. A name that another plugin has declared is an error that refuses the reload. Factories are called while
/// a generation is built, on one thread; they may throw <see cref="ConfigurationException"/>, which is reported with its place. What a factory made is
/// disposed (when it is <see cref="IAsyncDisposable"/> or <see cref="IDisposable"/>) with its generation.
/// </summary>
public interface IPluginRegistry
{
    /// <summary>
    /// Declares the plugin's options: the section <c>[plugins.NAME]</c> of the configuration, read with metadata generated inside the plugin (reflection
    /// would keep the assembly in memory for ever). Keys are the snake_case names of the properties; unknown ones are errors. What has a default is a parameter
    /// of the record: <c>sealed record Options(string Server, int Retries = 3)</c>. <paramref name="validate"/> gives the mistakes, each a sentence.
    /// </summary>
    void AddOptions<TOptions>(JsonTypeInfo<TOptions> metadata, Func<TOptions, IEnumerable<string>>? validate = null) where TOptions : class;

    /// <summary>Declares a parameter of the main configuration that the plugin reads with <see cref="IPluginServices.Settings"/>, with its default.</summary>
    void AddSetting(string name, string defaultValue);

    /// <summary>
    /// A restriction, by its Postfix name. <paramref name="parameters"/> is for editors: what policies pass, as TypeScript writes it
    /// (<c>table: string, options?: { warn?: boolean }</c>); empty: nothing.
    /// </summary>
    void AddRestriction<TContext>(string name, Func<RestrictionArguments, IPluginServices, IRestriction<TContext>> create, string parameters = "") where TContext : ClientContext;

    /// <summary>A lookup table type: the part before the colon.</summary>
    void AddLookupTable(string type, Func<TableArguments, IPluginServices, ILookupTable> create);

    /// <summary>An authenticator, by the name <c>smtpd_sasl_type</c> gives.</summary>
    void AddAuthenticator(string name, Func<IPluginServices, IAuthenticator> create);

    /// <summary>A milter in process, by the name that <c>smtpd_milters</c> lists.</summary>
    void AddMilter(string name, Func<string, IPluginServices, IMilter> create);

    /// <summary>A transport, by its name in transport tables.</summary>
    void AddTransport(string name, Func<IPluginServices, ITransport> create);

    /// <summary>A server of another protocol, by the name a listener gives as <c>service</c>; what follows a colon there is the service's, and the factory is given the whole text.</summary>
    void AddConnectionService(string name, Func<string, IPluginServices, IConnectionService> create);

    /// <summary>A command, by the word behind <c>policymta</c>. Those of the program itself go before.</summary>
    void AddCommand(string name, Func<IPluginServices, IPluginCommand> create);

    /// <summary>A queue store, by the name that <c>[queue] store</c> gives. It is made once per process.</summary>
    void AddQueueStore(string name, Func<IPluginServices, IQueueStore> create);

    /// <summary>A counter store, by the name that <c>[counters] store</c> gives. It is made once per process.</summary>
    void AddCounterStore(string name, Func<IPluginServices, ICounterStore> create);
}
