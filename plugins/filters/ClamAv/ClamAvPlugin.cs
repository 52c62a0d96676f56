using PolicyMTA.Filters.ClamAv;
using PolicyMTA.Filters.Scanning;
using PolicyMTA.Sdk;

[assembly: Plugin<ClamAvPlugin>]

namespace PolicyMTA.Filters.ClamAv;

/// <summary>ClamAV: does a message carry a virus? Asks clamd, over TCP or a unix socket.</summary>
public sealed class ClamAvPlugin : IPlugin
{
    /// <inheritdoc/>
    public void Register(IPluginRegistry registry)
    {
        ArgumentNullException.ThrowIfNull(registry);
        registry.AddOptions(ClamAvJson.Default.ClamAvOptions, options => options.Mistakes());
        registry.AddMilter("clamav", (name, services) =>
        {
            var options = services.Options<ClamAvOptions>();
            var scanner = new Scanner(options.Place, options.Limits, services.Time, services.Meter, "clamav");
            return new ScannerMilter(name, options.ScanSubmissions, new VirusScan(options, scanner), services.IsRehearsal);
        });
    }
}
