using System.Net;
using PolicyMTA.Sdk;

namespace PolicyMTA.Restrictions.Relay;

/// <summary><c>permit_mx_backup_networks</c>: where the first mail servers of a domain must be for us to stand in for them.</summary>
internal sealed class MailNetworks
{
    public const string Parameter = "permit_mx_backup_networks";
    private readonly IReadOnlyList<(IPNetwork Network, bool IsIn)> _networks;

    /// <exception cref="ConfigurationException">A word is no network.</exception>
    public MailNetworks(ISettings settings) => _networks = [.. settings.List(Parameter).Select(Read)];

    /// <summary>True when the parameter lists none: then all are good.</summary>
    public bool IsEmpty => _networks.Count == 0;

    /// <summary>Whether the first network that holds the address is one without <c>!</c>.</summary>
    public bool Contains(IPAddress address)
    {
        foreach (var (network, isIn) in _networks)
        {
            if (network.Contains(address)) return isIn;
        }
        return false;
    }

    private static (IPNetwork, bool) Read(string word)
    {
        var isIn = !word.StartsWith('!');
        var text = word.TrimStart('!').Replace("[", "", StringComparison.Ordinal).Replace("]", "", StringComparison.Ordinal);
        if (IPAddress.TryParse(text, out var address)) return (new IPNetwork(address, address.GetAddressBytes().Length * 8), isIn);
        return IPNetwork.TryParse(text, out var network) ? (network, isIn) : throw new ConfigurationException($"{Parameter}: '{word}' is no network such as 192.0.2.0/24");
    }
}
