using System.Net;
using System.Net.Sockets;

namespace PolicyMTA.Delivery;

/// <summary>Addresses of ours that mail may leave from (<c>[pools.NAME]</c>): each attempt takes one of each family by chance. An immutable value.</summary>
/// <param name="Addresses">The addresses; at least one.</param>
public sealed record SourcePool(IReadOnlyList<IPAddress> Addresses)
{
    /// <summary>One of a family; null when it has none.</summary>
    public IPAddress? Choose(AddressFamily family, Random random)
    {
        ArgumentNullException.ThrowIfNull(random);
        var own = Addresses.Where(a => a.AddressFamily == family).ToList();
#pragma warning disable CA5394 // no secret
        return own.Count == 0 ? null : own[random.Next(own.Count)];
#pragma warning restore CA5394
    }
}
