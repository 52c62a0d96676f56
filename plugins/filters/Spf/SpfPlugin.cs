using PolicyMTA.Filters.Spf;
using PolicyMTA.Sdk;

[assembly: Plugin<SpfPlugin>]

namespace PolicyMTA.Filters.Spf;

/// <summary>SPF (RFC 7208): may this client send for that domain? And iprev (RFC 8601 §3): has it a name?</summary>
public sealed class SpfPlugin : IPlugin
{
    /// <inheritdoc/>
    public void Register(IPluginRegistry registry)
    {
        ArgumentNullException.ThrowIfNull(registry);
        registry.AddOptions(SpfJson.Default.SpfOptions, options => options.Mistakes());
        registry.AddRestriction<SenderContext>("check_spf", (arguments, services) =>
        {
            arguments.Allow(0);
            return new CheckSpf(services.Options<SpfOptions>(), services.Dns, services.Time);
        });
        registry.AddMilter("iprev", (name, services) => new IprevMilter(name, services.Dns));
        registry.AddMilter("spf", (name, services) => new SpfMilter(name, new CheckSpf(services.Options<SpfOptions>(), services.Dns, services.Time)));
    }
}
