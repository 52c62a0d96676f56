using Microsoft.Extensions.Logging;
using PolicyMTA.Composition;
using PolicyMTA.Configuration;
using PolicyMTA.Dns;
using PolicyMTA.Sdk;

namespace PolicyMTA.Generations;

/// <summary>The tables of a configuration without a server: for a person who asks one of them. Plugins are loaded, nothing else of a generation is made.</summary>
internal sealed class OfflineTables : IAsyncDisposable
{
    private readonly GenerationScope _scope;

    private OfflineTables(GenerationScope scope) => _scope = scope;

    /// <summary>Loads the plugins.</summary>
    /// <exception cref="ConfigurationException">One of them is wrong.</exception>
    public static async Task<OfflineTables> OpenAsync(MailConfiguration configuration, ILoggerFactory logging, TimeProvider time, CancellationToken cancellationToken)
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
            return new OfflineTables(scope);
        }
        catch
        {
            await scope.DisposeAsync();
            throw;
        }
    }

    /// <summary>Opens a table.</summary>
    /// <exception cref="ConfigurationException">There is no such table.</exception>
    public ILookupTable Open(string specification) => _scope.Tables.Open(specification);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _scope.DisposeAsync();
        _scope.World.Metrics.Dispose();
    }
}
