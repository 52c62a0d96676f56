using System.Text.RegularExpressions;
using PolicyMTA.Import.Parameters;
using PolicyMTA.Import.Reading;

namespace PolicyMTA.Import.Lint;

/// <summary>Names that Postfix does not know, or knows by another name today.</summary>
internal static class NameRules
{
    private static readonly string[] TransportSuffixes =
    [
        "_time_limit", "_destination_concurrency_limit", "_destination_recipient_limit", "_destination_rate_delay", "_transport_rate_delay", "_initial_destination_concurrency", "_destination_concurrency_positive_feedback",
        "_destination_concurrency_negative_feedback", "_destination_concurrency_failed_cohort_limit", "_delivery_slot_cost", "_delivery_slot_discount", "_delivery_slot_loan", "_minimum_delivery_slots", "_extra_recipient_limit",
        "_recipient_limit", "_recipient_refill_delay", "_recipient_refill_limit",
    ];

    // Old names and what took their places.
    private static readonly Dictionary<string, string> Deprecated = new(StringComparer.Ordinal)
    {
        ["smtpd_use_tls"] = "smtpd_tls_security_level = may",
        ["smtpd_enforce_tls"] = "smtpd_tls_security_level = encrypt",
        ["smtp_use_tls"] = "smtp_tls_security_level = may",
        ["smtp_enforce_tls"] = "smtp_tls_security_level = verify, or encrypt",
        ["lmtp_use_tls"] = "lmtp_tls_security_level = may",
        ["lmtp_enforce_tls"] = "lmtp_tls_security_level = verify, or encrypt",
        ["smtp_tls_per_site"] = "smtp_tls_policy_maps",
        ["lmtp_tls_per_site"] = "lmtp_tls_policy_maps",
        ["virtual_maps"] = "virtual_alias_maps",
        ["fallback_relay"] = "smtp_fallback_relay",
        ["maps_rbl_domains"] = "reject_rbl_client in a restriction list",
        ["postscreen_blacklist_action"] = "postscreen_denylist_action",
        ["postscreen_whitelist_interfaces"] = "postscreen_allowlist_interfaces",
        ["postscreen_dnsbl_whitelist_threshold"] = "postscreen_dnsbl_allowlist_threshold",
        ["smtpd_client_connection_limit_exceptions"] = "smtpd_client_event_limit_exceptions",
        ["smtpd_tls_dh1024_param_file"] = "nothing: the parameters built in are good",
    };

    public static void Check(LintSource source, Findings findings)
    {
        var texts = source.Folder.Main.Written.Concat(source.Folder.Master.Services.SelectMany(s => s.Overrides)).Select(p => p.Value).ToList();
        foreach (var parameter in source.Folder.Main.Written.Concat(source.Folder.Master.Services.SelectMany(s => s.Overrides))) Check(parameter, source, texts, findings);
    }

    private static void Check(Parameter parameter, LintSource source, List<string> texts, Findings findings)
    {
        var name = parameter.Name;
        if (Deprecated.TryGetValue(name, out var now))
        {
            findings.Info(parameter.Place, "deprecated", name, "the name is an old one that Postfix is going to forget", $"Write {now}");
        }
        else if (!PostfixParameters.Defaults.ContainsKey(name) && !IsOfService(name, source) && !IsClass(name, source) && !IsOfTable(name, texts) && !texts.Exists(text => IsReferred(name, text)))
        {
            var suggestion = source.Catalogue.Suggest(name, PostfixParameters.Defaults.Keys).TrimStart(';', ' ');
            findings.Warning(parameter.Place, "unknown", name, "Postfix has no such parameter, and nothing refers to it: it has no effect", suggestion.Length > 0 ? char.ToUpperInvariant(suggestion[0]) + suggestion[1..].TrimEnd('?') + "? Correct it" : "Remove it, or correct its name");
        }
    }

    private static bool IsOfService(string name, LintSource source) => TransportSuffixes.Any(suffix => name.EndsWith(suffix, StringComparison.Ordinal) && source.Folder.Master.Services.Any(s => s.Name == name[..^suffix.Length]));

    private static bool IsClass(string name, LintSource source) => Translation.WordsOf.List(source.Main.Text("smtpd_restriction_classes")).Contains(name);

    private static bool IsReferred(string name, string text) => Regex.IsMatch(text, @"\$[({]?\s*" + Regex.Escape(name) + @"(?![A-Za-z0-9_])");

    // ldap:people with people_server_host = … in main.cf.
    private static bool IsOfTable(string name, List<string> texts)
    {
        for (var i = name.IndexOf('_', StringComparison.Ordinal); i > 0; i = name.IndexOf('_', i + 1))
        {
            var table = name[..i];
            if (texts.Exists(text => Regex.IsMatch(text, @"\b(ldap|mysql|pgsql|sqlite|memcache):" + Regex.Escape(table) + @"(?![\w/])"))) return true;
        }
        return false;
    }
}
