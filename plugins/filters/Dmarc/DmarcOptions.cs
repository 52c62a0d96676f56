using System.Net;
using System.Text.Json.Serialization;

namespace PolicyMTA.Filters.Dmarc;

/// <summary>The section <c>[plugins."PolicyMTA.Filters.Dmarc"]</c>; names that opendmarc.conf has mean the same here.</summary>
/// <param name="RejectFailures">Mail that fails is refused where its owner asks for it (p=reject); otherwise it is only reported.</param>
/// <param name="Quarantine">Mail that fails where its owner asks for quarantine: <c>none</c> takes it with its result in the header, <c>hold</c> puts it on hold, <c>reject</c> refuses it.</param>
/// <param name="RejectMultiValueFrom">A From field that is missing, there twice, or names several people is refused. It never passes, whatever this says.</param>
/// <param name="TemperrorDefer">DNS that does not answer defers.</param>
/// <param name="IgnoreAuthenticatedClients">Mail of who logged in is not checked.</param>
/// <param name="OrganizationalDomain"><c>tree-walk</c> (RFC 9989) or <c>public-suffix</c> (RFC 7489), which takes a list.</param>
/// <param name="PublicSuffixList">The file of the list; with <c>tree-walk</c> it helps where no domain has a record.</param>
public sealed record DmarcOptions(
    bool RejectFailures = false, string Quarantine = "none", bool RejectMultiValueFrom = false, bool TemperrorDefer = false, bool IgnoreAuthenticatedClients = true,
    string OrganizationalDomain = "tree-walk", string PublicSuffixList = "")
{
    /// <summary>Networks whose mail is not checked.</summary>
    public IReadOnlyList<string> IgnoreHosts { get; set; } = ["127.0.0.0/8", "::1/128"];

    internal bool Walks => OrganizationalDomain == "tree-walk";

    internal IEnumerable<string> Mistakes()
    {
        if (Quarantine is not ("none" or "hold" or "reject")) yield return $"quarantine is none, hold or reject, not '{Quarantine}'";
        if (OrganizationalDomain is not ("tree-walk" or "public-suffix")) yield return $"organizational_domain is tree-walk or public-suffix, not '{OrganizationalDomain}'";
        if (!Walks && PublicSuffixList.Length == 0) yield return "public_suffix_list is missing";
        foreach (var network in IgnoreHosts)
        {
            if (!IPNetwork.TryParse(network, out _) && !IPAddress.TryParse(network, out _)) yield return $"'{network}' is no network";
        }
    }

    internal List<IPNetwork> IgnoredNetworks() => [.. IgnoreHosts.Select(text => IPNetwork.TryParse(text, out var network) ? network : IPAddress.Parse(text) is var address ? new IPNetwork(address, address.GetAddressBytes().Length * 8) : default)];
}

/// <summary>JSON metadata of the options, made in this assembly so that it can be unloaded.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(DmarcOptions))]
internal sealed partial class DmarcJson : JsonSerializerContext;
