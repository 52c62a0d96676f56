using PolicyMTA.Queue;
using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Routing;

/// <summary>Which transport and next hop a recipient gets: its override, <c>transport_maps</c>, then the transport of its address class (trivial-rewrite(8)).</summary>
internal static class Router
{
    public static async ValueTask<Route> FindAsync(DeliveryGeneration generation, Address sender, QueuedRecipient recipient, CancellationToken cancellationToken)
    {
        var settings = generation.Settings;
        // The address that counts, not the one that says it: x%remote@ours goes to the mailboxes of ours or to remote, never by MX to ourselves.
        var (address, addressClass) = (recipient.Address, AddressClass.Default);
        if (recipient.RouteOverride is null) (address, addressClass, _) = await generation.Addresses.ResolveAsync(address, cancellationToken);
        // Last of all in Postfix, and so above transport_maps: who has moved gets no mail here.
        if (recipient.RouteOverride is null && await generation.Addresses.FindRelocatedAsync(address, cancellationToken) is { } moved) return new Route("error", moved);
        var (fallbackTransport, fallbackNextHop) = await ForClassAsync(settings, addressClass, sender, cancellationToken);
        var entry = recipient.RouteOverride ?? await TransportMap.FindAsync(settings, address, cancellationToken);
        if (entry is null) return Complete(settings, fallbackTransport, fallbackNextHop, address);

        // transport(5): an empty transport keeps the class's one, an empty next hop means the recipient's domain.
        var (transport, nextHop) = Split(entry);
        if (transport.Length == 0)
        {
            return Complete(settings, fallbackTransport, nextHop.Length == 0 ? fallbackNextHop : nextHop, address);
        }
        return Complete(settings, transport, nextHop, address);
    }

    private static async ValueTask<(string Transport, string NextHop)> ForClassAsync(DeliverySettings settings, AddressClass addressClass, Address sender, CancellationToken cancellationToken) => addressClass switch
    {
        AddressClass.Local => Split(settings.LocalTransport),
        AddressClass.VirtualMailbox => Split(settings.VirtualTransport),
        AddressClass.VirtualAlias => ("error", "5.1.1 User unknown in virtual alias table"),
        AddressClass.Relay => await WithRelayHostAsync(settings.RelayTransport, settings, sender, cancellationToken),
        _ => await WithRelayHostAsync(await SenderMap.FindAsync(settings.SenderDependentDefaultTransportMaps, "sender_dependent_default_transport_maps", sender, settings.NullSenderTransportKey, settings.RecipientDelimiter, cancellationToken) ?? settings.DefaultTransport, settings, sender, cancellationToken),
    };

    private static async ValueTask<(string Transport, string NextHop)> WithRelayHostAsync(string text, DeliverySettings settings, Address sender, CancellationToken cancellationToken)
    {
        var entry = Split(text);
        if (entry.NextHop.Length > 0) return entry;
        return (entry.Transport, await SenderMap.FindAsync(settings.SenderDependentRelayHostMaps, "sender_dependent_relayhost_maps", sender, settings.NullSenderRelayHostKey, settings.RecipientDelimiter, cancellationToken) ?? settings.RelayHost);
    }

    private static (string Transport, string NextHop) Split(string entry)
    {
        var colon = entry.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? (entry.Trim(), "") : (entry[..colon].Trim(), entry[(colon + 1)..].Trim());
    }

    // One destination queue a domain, also for mailboxes: a full disk under one domain must not stop the others.
    private static Route Complete(DeliverySettings settings, string transport, string nextHop, Address address)
    {
        if (nextHop.Length > 0) return new Route(transport, nextHop);
        // As local_destination_recipient_limit = 1 has it: a user whose command takes long keeps nobody else waiting.
        if (transport == Local.LocalTransport.Name) return new Route(transport, address.ToString().ToLowerInvariant());
        var domain = address.Domain.Length > 0 ? address.Domain : settings.MyOrigin ?? settings.MyHostname;
        return new Route(transport, domain.ToLowerInvariant());
    }
}
