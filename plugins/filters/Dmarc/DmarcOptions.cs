using System.Net;
using System.Text.Json.Serialization;
using PolicyMTA.Filters.Dmarc.Reports;

namespace PolicyMTA.Filters.Dmarc;

/// <summary>The section <c>[plugins.Dmarc]</c>; what OpenDMARC calls the same in its own file.</summary>
/// <param name="RejectFailures">Mail that fails where its author's domain asks for <c>reject</c> is refused; otherwise the result is only told.</param>
/// <param name="Quarantine">Mail that fails where its author's domain asks for quarantine: <c>none</c> only tells the result, <c>hold</c> puts the mail on hold, <c>reject</c> refuses it.</param>
/// <param name="IgnoreAuthenticatedClients">Mail of clients that logged in is not checked.</param>
/// <param name="RejectMultiValueFrom">A From field that names several domains, or is there several times, is refused.</param>
/// <param name="RequiredHeaders">A message whose From field is missing or names no domain is refused.</param>
/// <param name="TemperrorDefer">DNS that does not answer defers.</param>
/// <param name="OrganizationalDomain"><c>tree-walk</c> (RFC 9989), or <c>public-suffix</c> (RFC 7489, <c>pct</c> with it), which takes a list.</param>
/// <param name="PublicSuffixList">The file of the public suffix list; with <c>tree-walk</c> it helps where no domain has a record.</param>
/// <param name="LookupTime">Seconds that a check may take.</param>
/// <param name="ReportDatabase">The SQLite file that keeps what aggregate reports tell; empty keeps nothing.</param>
/// <param name="ReportRetention">Days that it is kept.</param>
/// <param name="ReportInterval">Seconds that a report is about; 86400 is usual. 0 sends none.</param>
/// <param name="ReportFrom">The author of reports; their domain stands in them as the receiver's.</param>
/// <param name="ReportOrg">The name of who reports; empty is the domain of <c>report_from</c>.</param>
/// <param name="ReportContact">The address to ask about reports; empty is <c>report_from</c>.</param>
/// <param name="ReportSender">The reverse-path of reports, which hears of those that can't be delivered; empty is the null sender.</param>
public sealed record DmarcOptions(
    bool RejectFailures = false, string Quarantine = "none", bool IgnoreAuthenticatedClients = true, bool RejectMultiValueFrom = false, bool RequiredHeaders = false,
    bool TemperrorDefer = false, string OrganizationalDomain = "tree-walk", string PublicSuffixList = "", int LookupTime = 20,
    string ReportDatabase = "", int ReportRetention = 14, int ReportInterval = 0, string ReportFrom = "", string ReportOrg = "", string ReportContact = "", string ReportSender = "")
{
    /// <summary>Networks whose mail is not checked.</summary>
    public IReadOnlyList<string> IgnoreHosts { get; set; } = ["127.0.0.0/8", "::1/128"];

    /// <summary>Domains whose mail, by the sender's address, is not checked; one that begins with a dot stands for what is below it.</summary>
    public IReadOnlyList<string> IgnoreMailFrom { get; set; } = [];

    /// <summary>Networks that forward for our people: their mail is checked and the result told, but nothing is done about it.</summary>
    public IReadOnlyList<string> TrustedForwarders { get; set; } = [];

    internal bool Walks => OrganizationalDomain == "tree-walk";

    internal IEnumerable<string> Mistakes()
    {
        if (Quarantine is not ("none" or "hold" or "reject")) yield return $"quarantine is none, hold or reject, not '{Quarantine}'";
        if (OrganizationalDomain is not ("tree-walk" or "public-suffix")) yield return $"organizational_domain is tree-walk or public-suffix, not '{OrganizationalDomain}'";
        if (OrganizationalDomain == "public-suffix" && PublicSuffixList.Length == 0) yield return "organizational_domain is public-suffix, so public_suffix_list has to name the list's file";
        if (LookupTime < 1) yield return "lookup_time is at least 1";
        foreach (var mistake in ReportSettings.Mistakes(this)) yield return mistake;
        foreach (var network in IgnoreHosts.Concat(TrustedForwarders))
        {
            if (!IPNetwork.TryParse(network, out _) && !IPAddress.TryParse(network, out _)) yield return $"'{network}' is no network";
        }
    }

    internal static List<IPNetwork> Networks(IEnumerable<string> texts) =>
        [.. texts.Select(text => IPNetwork.TryParse(text, out var network) ? network : IPAddress.Parse(text) is var address ? new IPNetwork(address, address.GetAddressBytes().Length * 8) : default)];
}

/// <summary>JSON metadata of the options, made in this assembly so that it can be unloaded.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(DmarcOptions))]
internal sealed partial class DmarcJson : JsonSerializerContext;
