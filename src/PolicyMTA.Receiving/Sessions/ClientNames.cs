using System.Net;
using PolicyMTA.Sdk;

namespace PolicyMTA.Receiving.Sessions;

/// <summary>Finds a client's name: the PTR name, believed only when its own address record leads back (Postfix <c>smtpd_peer.c</c>).</summary>
internal static class ClientNames
{
    private const string Unknown = "unknown";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    internal static async Task<Client> ResolveAsync(Client client, IDnsResolver dns, TimeProvider time)
    {
        using var deadline = new CancellationTokenSource(Patience, time);
        try
        {
            var names = await dns.FindPtrAsync(client.Address, deadline.Token);
            if (!names.IsFound) return client with { NameLookupFailed = names.IsFailure };
            var name = names.Records[0];
            var addresses = client.Address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6
                ? await dns.FindIpv6Async(name, deadline.Token)
                : await dns.FindIpv4Async(name, deadline.Token);
            return client with
            {
                ReverseName = name,
                Name = addresses.Records.Contains(client.Address) ? name : Unknown,
                NameLookupFailed = addresses.IsFailure,
            };
        }
        catch (OperationCanceledException)
        {
            return client with { NameLookupFailed = true };
        }
    }
}
