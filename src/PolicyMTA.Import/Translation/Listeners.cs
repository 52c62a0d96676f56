using PolicyMTA.Import.Parameters;
using PolicyMTA.Import.Reading;

namespace PolicyMTA.Import.Translation;

/// <summary>The smtpd services of master.cf as listeners.</summary>
internal sealed class Listeners(PostfixFolder folder, SourceValues main, TargetCatalogue catalogue, ValueTranslation translation, RestrictionLists lists, ImportReport report)
{
    private readonly List<Listener> _listeners = [];

    public IReadOnlyList<Listener> All => _listeners;

    /// <summary>True where this service becomes a listener.</summary>
    public static bool IsListener(MasterService service) => service is { Command: "smtpd", Type: "inet" or "unix" } or { Command: "postscreen", Type: "inet" };

    public void Add(MasterService service)
    {
        var subject = $"service {service.Name}/{service.Type}";
        var (address, name) = service.Type == "unix" ? ($"unix:{UnixPath(service)}", service.Name) : ListenAddress.Find(service.Name) is { } found ? (found.Address, found.Name) : ("", "");
        if (address.Length == 0)
        {
            report.NotSupported(service.Place, subject, $"\"{service.Name}\" is no address and port that can be told from here: add a listener");
            foreach (var left in service.Overrides) report.NotSupported(left.Place, Subject(service, left), "its service has no listener");
            return;
        }
        var behind = service.Command == "postscreen" ? folder.Master.Services.FirstOrDefault(s => s is { Command: "smtpd", Type: "pass" }) : null;
        var served = behind ?? service;
        var unique = name;
        for (var i = 2; _listeners.Exists(l => l.Name == unique) || unique == "lib"; i++) unique = $"{name}-{i}";
        var values = main.In(served);
        var listener = new Listener(unique, served, values) { IsBehindPostscreen = service.Command == "postscreen", Section = new TomlSection($"listeners.{TomlText.Key(unique)}", $"{service.Name} {service.Type} … {service.Command} ({service.Place})") };
        listener.Section.Set("address", TomlText.Quote(address));
        listener.Section.Set("tls", TomlText.Quote(listener.IsImplicitTls ? "implicit" : Level(values) == "none" ? "none" : "starttls"));
        if (service.Command == "postscreen") listener.Section.Set("postscreen_greet_wait", TomlText.Quote(main.Text("postscreen_greet_wait") is { Length: > 0 } wait ? wait : "6s"));
        _listeners.Add(listener);
        report.Mapped(service.Place, subject, $"[listeners.{unique}]");
        foreach (var one in service.Overrides) Override(listener, one);
        if (behind is null) return;
        report.Mapped(behind.Place, $"service {behind.Name}/{behind.Type}", $"[listeners.{unique}]");
        foreach (var one in behind.Overrides) Override(listener, one);
    }

    /// <summary>The level of TLS, with the parameters that say it in old configurations.</summary>
    public static string Level(SourceValues values)
    {
        var level = values.Text("smtpd_tls_security_level").ToLowerInvariant();
        if (level.Length == 0) level = values.Truth("smtpd_enforce_tls") ? "encrypt" : values.Truth("smtpd_use_tls") ? "may" : "none";
        return level is "none" or "may" ? level : "encrypt";
    }

    private void Override(Listener listener, Parameter one)
    {
        var (service, name, subject) = (listener.Service, one.Name, Subject(listener.Service, one));
        var losses = new List<string>();
        if (service.Overrides.Last(o => o.Name == name) != one)
        {
            report.NotNeeded(one.Place, subject, "a later one of this name takes its place");
        }
        else if (RestrictionLists.Stages.TryGetValue(name, out var stage))
        {
            listener.Lists[stage] = lists.Translate($"-o {name} of the service {service.Name} ({one.Place})", stage, listener.Values.Text(name), losses);
            report.Mapped(one.Place, subject, $"policies/{listener.Name}/{stage}.js", losses);
        }
        else if (name is "smtpd_tls_wrappermode" or "smtpd_tls_security_level" or "smtpd_enforce_tls" or "smtpd_use_tls")
        {
            if (!listener.IsImplicitTls) listener.Section.Set("smtpd_tls_security_level", TomlText.Quote(Level(listener.Values)));
            report.Mapped(one.Place, subject, $"tls of [listeners.{listener.Name}]");
        }
        else if (catalogue.Keys.TryGetValue(name, out var key) && key.IsPerListener)
        {
            if (translation.ToToml(key, WithoutUnknown(one, losses), listener.Values, losses) is { } value) listener.Section.Set(name, value);
            report.Mapped(one.Place, subject, $"[listeners.{listener.Name}]", losses);
        }
        else if (listener.Values.Text(name) == main.Text(name) && (key is not null || main.IsGiven(name)))
        {
            report.NotNeeded(one.Place, subject, "main.cf has the same");
        }
        else if (name == "syslog_name")
        {
            report.NotNeeded(one.Place, subject, "log lines name the listener");
        }
        else if (key is not null)
        {
            report.NotSupported(one.Place, subject, $"{name} holds for the whole server; this listener has \"{main.Text(name)}\" too");
        }
        else
        {
            Fate(one, subject);
        }
    }

    // A listener's recipients are looked up, always.
    private static Parameter WithoutUnknown(Parameter one, List<string> losses)
    {
        const string Unknown = "no_unknown_recipient_checks";
        if (one.Name != "receive_override_options" || !one.Value.Contains(Unknown, StringComparison.Ordinal)) return one;
        losses.Add($"there is no {Unknown}: recipients are looked up here too");
        return one with { Value = string.Join(", ", WordsOf.List(one.Value).Where(word => word != Unknown)) };
    }

    private void Fate(Parameter one, string subject)
    {
        if (ParameterFate.Find(one.Name) is { } fate)
        {
            if (fate.IsNeeded) report.NotSupported(one.Place, subject, fate.Reason);
            else report.NotNeeded(one.Place, subject, fate.Reason);
        }
        else if (folder.Main.InForce.Values.Concat(folder.Master.Services.SelectMany(s => s.Overrides)).Any(p => p.Value.Contains("$" + one.Name, StringComparison.Ordinal) || p.Value.Contains("${" + one.Name, StringComparison.Ordinal)))
        {
            report.NotNeeded(one.Place, subject, "written out where it is used");
        }
        else
        {
            report.NotNeeded(one.Place, subject, "Postfix has no such parameter, and nothing refers to it");
        }
    }

    private string UnixPath(MasterService service)
    {
        var queue = main.Text("queue_directory");
        return $"{queue}/{(service.Private == "n" ? "public" : "private")}/{service.Name}";
    }

    private static string Subject(MasterService service, Parameter one) => $"{service.Name}: -o {one.Name}";
}
