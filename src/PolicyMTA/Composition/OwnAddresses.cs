using System.Net;
using PolicyMTA.Configuration;

namespace PolicyMTA.Composition;

/// <summary>The addresses at which our own port 25 answers, directly or through a proxy: what is sent there comes back.</summary>
internal static class OwnAddresses
{
    private const int SmtpPort = 25;

    public static HashSet<IPAddress> Find(MailConfiguration configuration, Parameters parameters)
    {
        var found = parameters.List("proxy_interfaces").Select(text => IPAddress.TryParse(text.Trim('[', ']'), out var address) ? address : null).OfType<IPAddress>().ToHashSet();
        foreach (var point in configuration.Listeners.SelectMany(l => l.Further.Prepend(l.Address)).OfType<IPEndPoint>().Where(point => point.Port == SmtpPort))
        {
            if (point.Address.Equals(IPAddress.Any) || point.Address.Equals(IPAddress.IPv6Any)) found.UnionWith(MachineAddresses.Find());
            else found.Add(point.Address);
        }
        return found;
    }
}
