using PolicyMTA.Filters.Dmarc;
using PolicyMTA.Sdk;

[assembly: Plugin<DmarcPlugin>]

namespace PolicyMTA.Filters.Dmarc;

/// <summary>DMARC (RFC 9989, RFC 7489): does the author's domain stand behind the message?</summary>
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
            return new DmarcMilter(name, new MessageCheck(options, options.PublicSuffixList.Length > 0 ? Read(services.Settings.FullPath(options.PublicSuffixList)) : null, services.Dns, services.Time), options);
        });
    }

    private static PublicSuffixList Read(string path)
    {
        try
        {
            var list = PublicSuffixList.Parse(File.ReadLines(path));
            return list.Count > 0 ? list : throw new ConfigurationException($"the public suffix list {path} has no rule in it");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException($"the public suffix list {path} can't be read: {e.Message}", e);
        }
    }
}
