using Microsoft.Extensions.Logging;
using PolicyMTA.Composition;
using PolicyMTA.Configuration;
using PolicyMTA.Dns;
using PolicyMTA.Policy.Types;
using PolicyMTA.Sdk;

namespace PolicyMTA.Generations;

/// <summary>The plugins of a configuration without a server: for a person who asks a table, or runs a command. Nothing else of a generation is made.</summary>
internal sealed class OfflinePlugins : IAsyncDisposable
{
    private readonly GenerationScope _scope;

    private OfflinePlugins(GenerationScope scope) => _scope = scope;

    /// <summary>Loads the plugins.</summary>
    /// <exception cref="ConfigurationException">One of them is wrong.</exception>
    public static async Task<OfflinePlugins> OpenAsync(MailConfiguration configuration, ILoggerFactory logging, TimeProvider time, CancellationToken cancellationToken)
    {
        var options = new MailServerOptions { Logging = logging, Time = time };
        var loader = MailServerParts.CreateLoader(configuration, options);
        var scope = new GenerationScope(new World(logging, time, new DnsResolver(new DnsSettings(), time), null, new VerifierSlot(), new SubmissionSlot()), configuration, null);
        var report = new BuildReport(configuration);
        try
        {
            var plugins = new PluginParts(loader, new PluginLedger(), scope, report);
            if (plugins.Load(await loader.ScanAsync(cancellationToken))) plugins.DeclareSettings();
            if (report.HasErrors) throw new ConfigurationException(string.Join('\n', report.Errors));
            return new OfflinePlugins(scope);
        }
        catch
        {
            await scope.DisposeAsync();
            throw;
        }
    }

    /// <summary>How policies call the restrictions.</summary>
    public IEnumerable<RestrictionSignature> Restrictions => _scope.Plugins.Parts.SelectMany(p => p.Value.Declarations.Restrictions.Values).Select(r => new RestrictionSignature(r.Name, r.Parameters));

    /// <summary>The types of all lookup tables.</summary>
    public IEnumerable<string> TableTypes => _scope.Plugins.Parts.SelectMany(p => p.Value.Declarations.Tables.Keys);

    /// <summary>Every key outside all sections, with those of plugins.</summary>
    public IEnumerable<KeyDefinition> Keys => _scope.Parameters.Definitions;

    /// <summary>Opens a table.</summary>
    /// <exception cref="ConfigurationException">There is no such table.</exception>
    public ILookupTable Open(string specification) => _scope.Tables.Open(specification);

    /// <summary>Makes a command that a plugin brings; null when none does.</summary>
    /// <exception cref="ConfigurationException">The plugin could not make it.</exception>
    public IPluginCommand? FindCommand(string name)
    {
        if (_scope.Plugins.FindOwner(d => d.Commands, name) is null) return null;
        var (plugin, create) = _scope.Plugins.Get(d => d.Commands, "command", name);
        return _scope.Obtain("command", name, "", plugin, create).Value.Value;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _scope.DisposeAsync();
        _scope.World.Metrics.Dispose();
    }
}
