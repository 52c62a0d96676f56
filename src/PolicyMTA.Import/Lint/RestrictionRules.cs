using PolicyMTA.Import.Reading;
using PolicyMTA.Import.Translation;

namespace PolicyMTA.Import.Lint;

/// <summary>Restriction lists that refuse all mail, let everybody relay, or have rules that are never reached.</summary>
internal static class RestrictionRules
{
    private static readonly string[] Guards = ["reject_unauth_destination", "defer_unauth_destination", "reject", "defer", "defer_if_permit"];
    private static readonly string[] Unconditional = ["permit", "reject", "defer"];
    private static readonly string[] Ignored = ["warn_if_reject", "sleep"];

    public static void Check(LintSource source, Findings findings)
    {
        foreach (var (name, stage) in RestrictionLists.Stages)
        {
            if (source.Find(name) is { } parameter) CheckList(parameter, source.Main.Text(name), stage, source, findings);
        }
        foreach (var (service, values, port) in source.Listeners)
        {
            foreach (var one in service.Overrides.Where(o => RestrictionLists.Stages.ContainsKey(o.Name))) CheckList(one, values.Text(one.Name), RestrictionLists.Stages[one.Name], source, findings);
            if (port == 25) CheckInbound(service, values, source, findings);
            CheckRelay(service, values, source, findings);
        }
        CheckNetworks(source, findings);
    }

    private static void CheckList(Parameter parameter, string text, string stage, LintSource source, Findings findings)
    {
        var words = WordsOf.List(text).Select(word => word.ToLowerInvariant()).ToList();
        for (var i = 0; i < words.Count; i++)
        {
            var isArgument = i > 0 && TakesArgument(words[i - 1]);
            if (isArgument) continue;
            if (Unconditional.Contains(words[i]) && (i == 0 || words[i - 1] != "warn_if_reject") && i < words.Count - 1)
            {
                findings.Warning(parameter.Place, "unreachable", parameter.Name, $"what follows \"{words[i]}\" is never asked: {string.Join(", ", words[(i + 1)..])}", $"Move {words[i]} to the end, or remove what follows");
                break;
            }
            if (IsName(words[i]) && !source.Catalogue.Restrictions.Contains(words[i]) && !IsClass(words[i], source)) CheckUnknown(parameter, words[i], stage, source, findings);
        }
    }

    private static void CheckUnknown(Parameter parameter, string word, string stage, LintSource source, Findings findings)
    {
        if (source.Catalogue.FindSuccessor(word) is { } successor) findings.Info(parameter.Place, "deprecated", parameter.Name, $"\"{word}\" is an old name", $"Write {successor}");
        else findings.Error(parameter.Place, "unknown", parameter.Name, $"there is no restriction \"{word}\": Postfix answers 451 4.3.5 to everybody who gets there ({stage})", "Correct it" + source.Catalogue.Suggest(word, source.Catalogue.Restrictions).TrimEnd('?'));
    }

    // reject at the end of what everybody on port 25 goes through, with nothing but logins before it.
    private static void CheckInbound(MasterService service, SourceValues values, LintSource source, Findings findings)
    {
        foreach (var name in (string[])["smtpd_client_restrictions", "smtpd_helo_restrictions", "smtpd_sender_restrictions", "smtpd_relay_restrictions", "smtpd_recipient_restrictions"])
        {
            var words = WordsOf.List(values.Text(name)).Select(word => word.ToLowerInvariant()).ToList();
            if (words.Count == 0 || words[^1] != "reject" || words.Exists(word => word is "permit_auth_destination" or "permit" || word.StartsWith("check_", StringComparison.Ordinal) || word.StartsWith("permit_dnswl", StringComparison.Ordinal) || word == "permit_mynetworks" || word.StartsWith("permit_tls", StringComparison.Ordinal))) continue;
            findings.Error(source.PlaceOf(name, service), "refuses-all", name, $"it refuses all mail from elsewhere on port 25 ({service.Place}): \"554 5.7.1 … Client host rejected: Access denied\"", "Leave reject to the submission services: -o " + name + "=permit_sasl_authenticated,reject in master.cf");
        }
    }

    private static void CheckRelay(MasterService service, SourceValues values, LintSource source, Findings findings)
    {
        var relay = Names(values.Text("smtpd_relay_restrictions"));
        var recipient = Names(values.Text("smtpd_recipient_restrictions"));
        var listsThatGuard = new[] { ("smtpd_relay_restrictions", relay), ("smtpd_recipient_restrictions", recipient) }.Where(list => list.Item2.Exists(Guards.Contains)).ToList();
        if (listsThatGuard.Count == 0)
        {
            if (Names(values.Text("smtpd_client_restrictions")).Exists(word => word is "reject" or "defer")) return;
            findings.Error(source.PlaceOf("smtpd_relay_restrictions", service), "open-relay", "smtpd_relay_restrictions", $"nothing in it or in smtpd_recipient_restrictions refuses mail for elsewhere ({service.Place}): an open relay, or Postfix refuses to run the service", "End it with reject_unauth_destination");
            return;
        }
        foreach (var (name, list) in listsThatGuard)
        {
            var guard = list.FindIndex(Guards.Contains);
            if (list.Take(guard).Contains("permit") && listsThatGuard.Count == 1) findings.Error(source.PlaceOf(name, service), "open-relay", name, "permit stands before reject_unauth_destination: anybody may relay", "Remove permit, or put it behind");
        }
        if (relay.Count == 0 && recipient.FindIndex(Guards.Contains) is var at and > 0 && recipient.Take(at).FirstOrDefault(word => word.StartsWith("check_", StringComparison.Ordinal) && word != "check_policy_service") is { } table)
            findings.Warning(source.PlaceOf("smtpd_recipient_restrictions", service), "relay-by-table", "smtpd_recipient_restrictions", $"smtpd_relay_restrictions is empty, so an OK of {table} lets its sender relay", "Give reject_unauth_destination to smtpd_relay_restrictions");
    }

    private static void CheckNetworks(LintSource source, Findings findings)
    {
        if (source.Find("mynetworks") is not { } networks) return;
        if (WordsOf.List(source.Main.Text("mynetworks")).Find(word => word is "0.0.0.0/0" or "::/0" or "[::]/0") is { } everybody)
            findings.Error(networks.Place, "open-relay", "mynetworks", $"{everybody} is everybody: who permits mynetworks lets everybody relay", "Name your own networks");
        if (source.Find("mynetworks_style") is { } style)
            findings.Info(style.Place, "no-effect", "mynetworks_style", "mynetworks is given, so it has no effect", "Remove it");
    }

    private static List<string> Names(string text)
    {
        var words = WordsOf.List(text).Select(word => word.ToLowerInvariant()).ToList();
        return [.. words.Where((word, i) => i == 0 || (!TakesArgument(words[i - 1]) && words[i - 1] != "warn_if_reject"))];
    }

    private static bool IsName(string word) => !Ignored.Contains(word) && word.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');

    private static bool IsClass(string word, LintSource source) => WordsOf.List(source.Main.Text("smtpd_restriction_classes")).Contains(word, StringComparer.OrdinalIgnoreCase);

    private static bool TakesArgument(string name) => RestrictionLists.TakesArgument(name);
}
