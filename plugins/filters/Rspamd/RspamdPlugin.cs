using PolicyMTA.Filters.Rspamd;
using PolicyMTA.Filters.Scanning;
using PolicyMTA.Sdk;

[assembly: Plugin<RspamdPlugin>]

namespace PolicyMTA.Filters.Rspamd;

/// <summary>rspamd: asks its normal worker over HTTP, and does what it says.</summary>
public sealed class RspamdPlugin : IPlugin
{
    /// <inheritdoc/>
    public void Register(IPluginRegistry registry)
    {
        ArgumentNullException.ThrowIfNull(registry);
        registry.AddOptions(RspamdJson.Default.RspamdOptions, options => options.Mistakes());
        registry.AddMilter("rspamd", (name, services) =>
        {
            var options = services.Options<RspamdOptions>();
            var scanner = new Scanner(options.Place, options.Limits, services.Time, services.Meter, "rspamd");
            return new ScannerMilter(name, options.ScanSubmissions, new RspamdScan(options, scanner), services.IsRehearsal);
        });
    }
}
