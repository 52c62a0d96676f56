using PolicyMTA.Lookups.Redis;
using PolicyMTA.Sdk;

[assembly: Plugin<RedisPlugin>]

namespace PolicyMTA.Lookups.Redis;

/// <summary>The table type <c>redis</c>; <c>memcache</c> is refused with the way out.</summary>
public sealed class RedisPlugin : IPlugin
{
    /// <inheritdoc/>
    public void Register(IPluginRegistry registry)
    {
        ArgumentNullException.ThrowIfNull(registry);
        registry.AddLookupTable("redis", (arguments, services) => new RedisTable(RedisTableOptions.Read(arguments, services.Tables), services.Time));
        registry.AddLookupTable("memcache", (arguments, _) =>
            throw new ConfigurationException($"table {arguments}: there is no memcache: write a section [tables.NAME] with type = \"redis\" and keep the keys there"));
    }
}
