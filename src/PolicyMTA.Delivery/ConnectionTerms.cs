using System.Net.Sockets;
using PolicyMTA.Queue;
using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery;

/// <summary>Puts what a policy asks of a connection into the settings of the clients.</summary>
internal static class ConnectionTerms
{
    /// <summary>False when the pool does not exist: mail waits rather than leave from anywhere.</summary>
    public static bool TryApply(DeliveryTerms? terms, DeliverySettings settings, out DeliverySettings applied)
    {
        applied = settings;
        if (terms is null) return true;
        SourcePool? pool = null;
        if (terms is { Source: null, Pool: { } name } && !settings.Pools.TryGetValue(name, out pool)) return false;
        pool = terms.Source is { } source ? new SourcePool([source]) : pool;
        applied = settings with { Smtp = Apply(settings.Smtp, pool, terms.Tls), Lmtp = Apply(settings.Lmtp, pool, terms.Tls) };
        return true;
    }

    // An address that was chosen is meant: mail does not leave from another one of its family.
    private static ClientSettings Apply(ClientSettings client, SourcePool? pool, TlsLevel? tls)
    {
        if (pool is not null)
        {
            client = client with
            {
                BindAddress = pool.Choose(AddressFamily.InterNetwork, Random.Shared) ?? client.BindAddress,
                BindAddress6 = pool.Choose(AddressFamily.InterNetworkV6, Random.Shared) ?? client.BindAddress6,
                EnforcesBindAddress = true,
            };
        }
        return tls is { } level ? client with { Tls = client.Tls with { Level = level, PolicyMaps = [] } } : client;
    }
}
