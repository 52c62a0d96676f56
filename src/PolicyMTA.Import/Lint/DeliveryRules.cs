using System.Globalization;
using PolicyMTA.Import.Reading;
using PolicyMTA.Import.Translation;

namespace PolicyMTA.Import.Lint;

/// <summary>Sizes, tentative settings, transports, tables.</summary>
internal static class DeliveryRules
{
    public static void Check(LintSource source, Findings findings)
    {
        CheckSizes(source, findings);
        if (source.Find("soft_bounce") is { } soft && source.Main.Text("soft_bounce").StartsWith("yes", StringComparison.OrdinalIgnoreCase))
            findings.Warning(soft.Place, "tentative", soft.Name, "every refusal is temporary: senders try again for days and are not told, and nothing bounces", "Set soft_bounce = no once the configuration is tried out");
        foreach (var name in (string[])["unknown_local_recipient_reject_code", "unknown_relay_recipient_reject_code", "unknown_virtual_alias_reject_code", "unknown_virtual_mailbox_reject_code"])
        {
            if (source.Find(name) is { } code && source.Main.Text(name).StartsWith('4'))
                findings.Warning(code.Place, "tentative", name, "mail for unknown users is tried again for days before its sender is told", "Set 550 once the configuration is tried out");
        }
        CheckLocal(source, findings);
        CheckTables(source, findings);
    }

    private static void CheckSizes(LintSource source, Findings findings)
    {
        var unlimited = First(source.Main.Text("message_size_limit"));
        if (unlimited is not { } message || source.Find("message_size_limit") is not { } parameter) return;
        foreach (var name in (string[])["mailbox_size_limit", "virtual_mailbox_limit"])
        {
            if (First(source.Main.Text(name)) is not { } mailbox || mailbox == 0 || (message > 0 && mailbox >= message)) continue;
            findings.Error(parameter.Place, "sizes", parameter.Name, $"messages may be larger than {name} ({mailbox}) allows: local(8) or virtual(8) ends with \"fatal: configuration error\"{(message == 0 ? ", and one message may fill the disk" : "")}", message == 0 ? "Set a limit, as 52428800, and no mailbox limit below it" : $"Raise {name}, or set it to 0");
            return;
        }
    }

    // The number before whatever else stands there: a remark in the value is told elsewhere.
    private static long? First(string text) => long.TryParse(text.Split(' ')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static void CheckLocal(LintSource source, Findings findings)
    {
        if (source.Find("local_transport") is { } local && source.Main.Text("local_transport") == "virtual" && !(source.Main.IsGiven("virtual_mailbox_base") && source.Main.IsGiven("virtual_uid_maps")))
            findings.Error(local.Place, "local-transport", local.Name, "that is the virtual(8) agent, not virtual_transport, and it has no virtual_mailbox_base, virtual_uid_maps and virtual_gid_maps: mail for root and postmaster can't be delivered, and its bounces go round", "Write local_transport = $virtual_transport");
    }

    private static void CheckTables(LintSource source, Findings findings)
    {
        foreach (var parameter in source.Folder.Main.InForce.Values)
        {
            foreach (var word in WordsOf.List(source.Main.Text(parameter.Name)))
            {
                if (word.StartsWith("btree:", StringComparison.Ordinal) && parameter.Name == "smtpd_tls_session_cache_database")
                    findings.Info(parameter.Place, "berkeley-db", parameter.Name, "builds of Postfix without Berkeley DB, as on newer distributions, have no btree: tables, and since tickets clients don't need this cache", "Remove it");
                var name = word[(word.LastIndexOf(':') + 1)..];
                if (name.EndsWith(".cf", StringComparison.Ordinal) && source.Folder.FindInside(name) is { } inside && source.Folder.ReadInside(inside) is { } text) CheckQuery(inside, text, findings);
            }
        }
    }

    private static void CheckQuery(string file, string text, Findings findings)
    {
        foreach (var line in LogicalLine.Split(file, text))
        {
            if (Parameter.Parse(line.Text, line.Place) is not { Name: "query" } query) continue;
            if (query.Value.Contains("%u", StringComparison.Ordinal))
                findings.Info(query.Place, "query", "query", "%u and %d are the address as it is asked for: an extension behind recipient_delimiter is part of %u, and the query for the address without it comes second", "Nothing is wrong; know it when you set recipient_delimiter");
            if (query.Value.Contains("\"%", StringComparison.Ordinal))
                findings.Warning(query.Place, "query", "query", "a value in double quotes may be taken for a column's name, and is not safe", "Put it into single quotes: '%s'");
        }
    }
}
