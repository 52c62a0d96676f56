using System.Text.RegularExpressions;
using PolicyMTA.Import.Reading;
using PolicyMTA.Import.Translation;

namespace PolicyMTA.Import.Lint;

/// <summary>The services of master.cf.</summary>
internal static partial class ServiceRules
{
    public static void Check(LintSource source, Findings findings)
    {
        foreach (var (service, values, port) in source.Listeners) CheckSubmission(service, values, port, source, findings);
        CheckComments(source, findings);
        foreach (var service in source.Folder.Master.Services)
        {
            if (service.Command == "spawn") CheckSpawned(service, source, findings);
            if (service is { Type: "fifo", Command: "pickup" or "qmgr" or "nqmgr" }) findings.Info(service.Place, "deprecated", service.Name, "the type fifo is from before Postfix 2.4", "Write unix in its place");
        }
        if (source.Folder.Master.Services.Any(s => s.Command == "qmgr") && source.Folder.Master.Services.All(s => s.Name != "postlog"))
            findings.Info(new Place("master.cf", 1), "postlog", "postlog", "the service is missing: maillog_file can't be used", "Add: postlog unix-dgram n - n - 1 postlogd");
    }

    // Ports for people: only who has logged in, only over TLS, and filters are told.
    private static void CheckSubmission(MasterService service, SourceValues values, int port, LintSource source, Findings findings)
    {
        if (port is not (465 or 587)) return;
        var missing = new List<string>();
        var lists = new[] { "smtpd_client_restrictions", "smtpd_relay_restrictions", "smtpd_recipient_restrictions", "smtpd_sender_restrictions" };
        if (!lists.Any(name => WordsOf.List(values.Text(name)) is [.., var last] && last is "reject" && service.Overrides.Any(o => o.Name == name))) missing.Add("-o smtpd_client_restrictions=permit_sasl_authenticated,reject");
        if (port == 587 && Translation.Listeners.Level(values) != "encrypt") missing.Add("-o smtpd_tls_security_level=encrypt");
        if (source.Main.Text("smtpd_milters").Length > 0 && service.Overrides.All(o => o.Name != "milter_macro_daemon_name")) missing.Add("-o milter_macro_daemon_name=ORIGINATING");
        if (missing.Count > 0) findings.Warning(service.Place, "submission", service.Name, $"port {port} is for people with a login, and the service is told nothing of that: it takes mail as port 25 does", "Add " + string.Join(' ', missing));
    }

    // "Port 587 listener (STARTTLS)" above the service of port 465.
    private static void CheckComments(LintSource source, Findings findings)
    {
        var lines = (source.Folder.ReadInside("master.cf") ?? "").Split('\n');
        foreach (var (service, _, port) in source.Listeners.Where(l => l.Port > 0 && l.Service.Type == "inet"))
        {
            if (service.Place.Line < 2 || lines.ElementAtOrDefault(service.Place.Line - 2)?.Trim() is not ['#', ..] comment) continue;
            var named = Port().Matches(comment).Select(match => match.Value).ToList();
            if (named.Count > 0 && !named.Contains(port.ToString(System.Globalization.CultureInfo.InvariantCulture)))
                findings.Error(service.Place with { Line = service.Place.Line - 1 }, "port", service.Name, $"the comment speaks of port {named[0]}, and the service below it listens on {port}", "Swap the comments, or the services");
        }
    }

    private static void CheckSpawned(MasterService service, LintSource source, Findings findings)
    {
        if (service.ProcessLimit != "0")
            findings.Warning(service.Place, "spawn", service.Name, $"its process limit is \"{service.ProcessLimit}\": when so many are busy, sessions wait for one", "Write 0 there");
        if (source.Find($"{service.Name}_time_limit") is null)
            findings.Warning(service.Place, "spawn", service.Name, "its processes are killed after 1000 seconds, in the middle of an answer", $"Set {service.Name}_time_limit = 3600 in main.cf");
    }

    [GeneratedRegex(@"\b(25|465|587)\b")]
    private static partial Regex Port();
}
