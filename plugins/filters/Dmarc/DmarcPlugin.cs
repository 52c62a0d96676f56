using PolicyMTA.Filters.Dmarc;
using PolicyMTA.Filters.Dmarc.Reports;
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
            var suffixes = options.PublicSuffixList.Length > 0 ? Read(services.Settings.FullPath(options.PublicSuffixList)) : null;
            return new DmarcMilter(name, new MessageCheck(options, suffixes, services.Dns, services.Time), options, StartReports(options, suffixes, services));
        });
    }

    private static EvaluationRecorder? StartReports(DmarcOptions options, PublicSuffixList? suffixes, IPluginServices services)
    {
        if (options.ReportDatabase.Length == 0 || services.IsRehearsal) return null;
        var path = services.Settings.FullPath(options.ReportDatabase);
        ReportDatabase.Check(path);
        var settings = ReportSettings.Of(options);
        var recorder = new EvaluationRecorder(path, settings, services.Meter, services.Time, services.Logger);
        services.Run("DMARC records", recorder.RunAsync);
        if (!settings.IsSending) return recorder;
        var destinations = new ReportDestinations(services.Dns, suffixes, options.Walks, services.Time);
        services.Run("DMARC reports", new ReportSender(path, settings, destinations, services.Submission, services.Meter, services.Time, services.Logger).RunAsync);
        return recorder;
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
