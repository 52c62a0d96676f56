using PolicyMTA.Lookups.Http;
using PolicyMTA.Sdk;

[assembly: Plugin<HttpPlugin>]

namespace PolicyMTA.Lookups.Http;

/// <summary>The table type <c>http</c>: a web service that answers with JSON.</summary>
public sealed class HttpPlugin : IPlugin
{
    /// <inheritdoc/>
    public void Register(IPluginRegistry registry)
    {
        ArgumentNullException.ThrowIfNull(registry);
        registry.AddLookupTable("http", (arguments, services) => new HttpTable(HttpTableOptions.Read(arguments, services.Tables), services.Time));
    }
}
