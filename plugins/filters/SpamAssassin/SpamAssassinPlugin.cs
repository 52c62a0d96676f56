using PolicyMTA.Filters.Scanning;
using PolicyMTA.Filters.SpamAssassin;
using PolicyMTA.Sdk;

[assembly: Plugin<SpamAssassinPlugin>]

namespace PolicyMTA.Filters.SpamAssassin;

/// <summary>SpamAssassin: how much does a message look like spam? Asks spamd, over TCP or a unix socket.</summary>
public sealed class SpamAssassinPlugin : IPlugin
{
    /// <inheritdoc/>
    public void Register(IPluginRegistry registry)
    {
        ArgumentNullException.ThrowIfNull(registry);
        registry.AddOptions(SpamAssassinJson.Default.SpamAssassinOptions, options => options.Mistakes());
        registry.AddMilter("spamassassin", (name, services) =>
        {
            var options = services.Options<SpamAssassinOptions>();
            var scanner = new Scanner(options.Place, options.Limits, services.Time, services.Meter, "spamassassin");
            return new ScannerMilter(name, options.ScanSubmissions, new SpamScan(options, scanner, services.Time), services.IsRehearsal);
        });
    }
}
