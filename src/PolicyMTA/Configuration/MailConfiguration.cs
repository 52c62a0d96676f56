using PolicyMTA.Delivery;

namespace PolicyMTA.Configuration;

/// <summary>Everything <c>policymta.toml</c> says. An immutable value; paths are absolute.</summary>
internal sealed record MailConfiguration
{
    /// <summary>The file it was read from.</summary>
    public required string File { get; init; }
    /// <summary>The folder that relative paths start from.</summary>
    public required string Root { get; init; }
    /// <summary>The file's text, kept with the generation for a rollback.</summary>
    public required string Text { get; init; }
    /// <summary>The parameters outside all sections, by their Postfix names.</summary>
    public required Parameters Parameters { get; init; }
    /// <summary><c>[listeners.NAME]</c>.</summary>
    public required IReadOnlyList<ListenerSection> Listeners { get; init; }
    /// <summary><c>[services.NAME]</c>.</summary>
    public IReadOnlyList<ServiceSection> Services { get; init; } = [];
    /// <summary><c>[certificates."NAME"]</c>.</summary>
    public required IReadOnlyList<CertificateSection> Certificates { get; init; }
    /// <summary><c>[tables.NAME]</c>.</summary>
    public required IReadOnlyDictionary<string, TableSection> Tables { get; init; }
    /// <summary><c>[transports.NAME]</c>.</summary>
    public required IReadOnlyDictionary<string, TransportSection> Transports { get; init; }
    /// <summary><c>[pools.NAME]</c>.</summary>
    public IReadOnlyDictionary<string, SourcePool> Pools { get; init; } = new Dictionary<string, SourcePool>();
    /// <summary><c>[plugins.NAME]</c>.</summary>
    public required IReadOnlyDictionary<string, PluginSection> Plugins { get; init; }
    /// <summary><c>[queue]</c>.</summary>
    public required QueueSection Queue { get; init; }
    /// <summary><c>[http.NAME]</c>: whom policies may ask.</summary>
    public IReadOnlyDictionary<string, EndpointSection> HttpEndpoints { get; init; } = new Dictionary<string, EndpointSection>();
    /// <summary><c>[events.NAME]</c>: whom policies may tell.</summary>
    public IReadOnlyDictionary<string, EndpointSection> EventEndpoints { get; init; } = new Dictionary<string, EndpointSection>();
    /// <summary><c>[counters]</c>.</summary>
    public required CountersSection Counters { get; init; }
    /// <summary><c>[local_submission]</c>.</summary>
    public required LocalSubmissionSection LocalSubmission { get; init; }
    /// <summary><c>[policy]</c>.</summary>
    public required PolicySection Policy { get; init; }
    /// <summary><c>[logging]</c>.</summary>
    public required LoggingSection Logging { get; init; }
    /// <summary><c>[control]</c>.</summary>
    public required ControlSection Control { get; init; }

    /// <summary>Where generations are kept for a rollback.</summary>
    public string GenerationsFolder => Path.Combine(Root, ".generations");
    /// <summary>Where plugins are staged before they are loaded.</summary>
    public string PluginVersionsFolder => Path.Combine(Root, ".versions");
    /// <summary>What the site drops in.</summary>
    public string SitePluginFolder => Path.Combine(Root, "plugins");
}
