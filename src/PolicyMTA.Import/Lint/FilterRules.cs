using PolicyMTA.Import.Translation;

namespace PolicyMTA.Import.Lint;

/// <summary>Milters and policy services.</summary>
internal static class FilterRules
{
    public static void Check(LintSource source, Findings findings)
    {
        var milters = source.Main.Text("smtpd_milters");
        if (milters.Length > 0 && source.Find("milter_default_action") is { } action && source.Main.Text(action.Name) == "accept")
            findings.Warning(action.Place, "fails-open", action.Name, "when a milter is down mail goes on without it, silently: unsigned, and DMARC unchecked", "Set milter_default_action = tempfail");
        var words = WordsOf.List(milters);
        var (signer, judge) = (words.FindIndex(word => word.Contains("dkim", StringComparison.OrdinalIgnoreCase)), words.FindIndex(word => word.Contains("dmarc", StringComparison.OrdinalIgnoreCase)));
        if (judge < 0 || source.Find("smtpd_milters") is not { } list) return;
        if (signer > judge) findings.Error(list.Place, "milter-order", list.Name, "DMARC is judged before DKIM is verified", "Put the DKIM milter first");
        else if (source.Folder.Main.InForce.Keys.Any(name => source.Main.Text(name).Contains("spf", StringComparison.OrdinalIgnoreCase) && source.Main.Text(name).Contains("check_policy_service", StringComparison.Ordinal)))
            findings.Info(list.Place, "authserv-id", list.Name, "the order is right, but SPF comes from a policy service: OpenDMARC believes its result only under a name it trusts", "Let AuthservID and TrustedAuthservIDs be the same in OpenDKIM, OpenDMARC and policyd-spf");
    }
}
