using PolicyMTA.Filters.Dmarc;
using PolicyMTA.Sdk;

[assembly: Plugin<DmarcPlugin>]

namespace PolicyMTA.Filters.Dmarc;

/// <summary>DMARC (RFC 9989): does the domain that readers see stand behind this message?</summary>
public sealed class DmarcPlugin : IPlugin
{
    /// <inheritdoc/>
    public void Register(IPluginRegistry registry)
    {
        ArgumentNullException.ThrowIfNull(registry);
        registry.AddOptions(DmarcJson.Default.DmarcOptions, options => options.Mistakes());
        registry.AddMilter("dmarc", (name, services) =>
        {
            var options = services.Options<DmarcOptions>();
            return new DmarcMilter(name, options, options.PublicSuffixList.Length > 0 ? Read(services.Settings.FullPath(options.PublicSuffixList)) : null, services.Dns);
        });
    }

    private static PublicSuffixList Read(string path)
    {
        try
        {
            return PublicSuffixList.Parse(File.ReadLines(path));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException($"public_suffix_list: {error.Message}", error);
        }
    }
}
