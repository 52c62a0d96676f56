namespace PolicyMTA.Policy.Loading;

/// <summary>What became of the restrictions that Postfix renamed or removed: old configurations still name them.</summary>
public static class FormerRestrictions
{
    private static readonly Dictionary<string, string> Successors = new(StringComparer.Ordinal)
    {
        ["reject_unknown_client"] = "reject_unknown_client_hostname",
        ["reject_invalid_hostname"] = "reject_invalid_helo_hostname",
        ["reject_non_fqdn_hostname"] = "reject_non_fqdn_helo_hostname",
        ["reject_unknown_hostname"] = "reject_unknown_helo_hostname",
        ["reject_unknown_address"] = "reject_unknown_sender_domain",
        ["reject_rbl"] = "reject_rbl_client",
        ["reject_maps_rbl"] = "reject_rbl_client",
        ["check_recipient_maps"] = "reject_unlisted_recipient",
        ["check_relay_domains"] = "reject_unauth_destination",
        ["permit_naked_ip_address"] = "permit_mynetworks",
    };

    /// <summary>What to write in the place of a name; null when it never was one.</summary>
    public static string? FindSuccessor(string name) => Successors.GetValueOrDefault(name);
}
