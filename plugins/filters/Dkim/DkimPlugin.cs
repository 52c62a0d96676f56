using Microsoft.Extensions.Logging;
using PolicyMTA.Filters.Dkim;
using PolicyMTA.Filters.Dkim.Arc;
using PolicyMTA.Filters.Dkim.Commands;
using PolicyMTA.Filters.Dkim.Signing;
using PolicyMTA.Sdk;

[assembly: Plugin<DkimPlugin>]

namespace PolicyMTA.Filters.Dkim;

/// <summary>DKIM (RFC 6376): who signed this message, and our signature for what leaves.</summary>
public sealed partial class DkimPlugin : IPlugin
{
    /// <inheritdoc/>
    public void Register(IPluginRegistry registry)
    {
        ArgumentNullException.ThrowIfNull(registry);
        registry.AddOptions(DkimJson.Default.DkimOptions, options => options.Mistakes());
        registry.AddMilter("dkim", (name, services) =>
        {
            var options = services.Options<DkimOptions>();
            var keys = options.Signs ? new SigningKeys(options, services.Settings.FullPath, services.Time, problem => Log.Stale(services.Logger, problem)) : null;
            return new DkimMilter(name, options, keys, services.Dns, services.Time);
        });
        registry.AddCommand("dkim", services => new DkimCommand(services.Options<DkimOptions>(), services.Settings.FullPath, services.Dns));
        registry.AddMilter("arc", (name, services) =>
        {
            var options = services.Options<DkimOptions>();
            var keys = options.ArcKeyFile.Length > 0
                ? new SigningKeys(new DkimOptions(KeyFile: options.ArcKeyFile, Selector: options.ArcSelector, MinimumKeyBits: options.MinimumKeyBits) { Domain = [options.ArcDomain] }, services.Settings.FullPath, services.Time, problem => Log.Stale(services.Logger, problem))
                : null;
            Func<SignatureRequest>? sealer = keys is null ? null : () => keys.Find(new Address("", options.ArcDomain))[0];
            return new ArcMilter(name, options.Rules, options.Style, sealer, services.Settings.Text("authserv_id"), services.Dns, services.Time);
        });
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "what it held last stays in force: {Problem}")]
        public static partial void Stale(ILogger logger, string problem);
    }
}
