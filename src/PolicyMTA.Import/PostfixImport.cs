using System.Text;
using PolicyMTA.Import.Reading;
using PolicyMTA.Import.Testing;
using PolicyMTA.Import.Translation;

namespace PolicyMTA.Import;

/// <summary>A configuration of Postfix as one of PolicyMTA. Immutable.</summary>
/// <param name="Files">The files of the result: <c>policymta.toml</c>, policies with their tests, tables.</param>
/// <param name="Report">What became of each parameter, override and service.</param>
/// <param name="Stricter">Defaults of PolicyMTA that are stricter than Postfix's and hold where main.cf says nothing.</param>
public sealed record ImportedConfiguration(IReadOnlyList<ImportedFile> Files, IReadOnlyList<ReportEntry> Report, IReadOnlyList<string> Stricter);

/// <summary>Makes a configuration of PolicyMTA of one of Postfix. For one thread.</summary>
public sealed class PostfixImport
{
    private const string RelayDefault = "smtpd_relay_restrictions";

    // What may give leave to relay, or refuse it: where only the recipient list guards, these guard here.
    private static readonly string[] Guards =
        ["permit_mynetworks", "permit_sasl_authenticated", "permit_tls_clientcerts", "permit_tls_all_clientcerts", "permit_auth_destination", "permit_mx_backup", "reject_unauth_destination", "defer_unauth_destination", "reject", "defer"];

    private readonly PostfixFolder _folder;
    private readonly SourceValues _main;
    private readonly TableReferences _tables;
    private readonly ImportReport _report = new();
    private readonly TomlSection _common = new("", ""), _logging = new("logging", "");
    private readonly RestrictionLists _lists;
    private readonly MainParameters _parameters;
    private readonly Listeners _listeners;
    private readonly Transports _transports;
    private readonly SortedDictionary<string, ImportedFile> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, PolicyList> _stages = new(StringComparer.Ordinal);
    private readonly TargetCatalogue _catalogue;

    private PostfixImport(PostfixFolder folder, TargetCatalogue catalogue)
    {
        _folder = folder;
        _catalogue = catalogue;
        _main = SourceValues.Of(folder);
        _tables = new TableReferences(folder, _main, catalogue);
        var translation = new ValueTranslation(_tables, catalogue);
        _lists = new RestrictionLists(catalogue, _tables, WordsOf.List(_main.Text("smtpd_restriction_classes")).ToHashSet(StringComparer.Ordinal));
        _parameters = new MainParameters(folder, _main, catalogue, translation, _common, _logging, _report);
        _listeners = new Listeners(folder, _main, catalogue, translation, _lists, _report);
        _transports = new Transports(_main, catalogue, translation, _common, _report);
    }

    /// <summary>Reads a folder with main.cf and master.cf and translates it.</summary>
    /// <param name="folder">The folder: <c>/etc/postfix</c>, or a copy of one.</param>
    /// <param name="catalogue">What PolicyMTA knows.</param>
    /// <exception cref="IOException">A file can't be read.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be read.</exception>
    public static ImportedConfiguration Run(string folder, TargetCatalogue catalogue) => new PostfixImport(PostfixFolder.Open(folder), catalogue).Translate();

    private ImportedConfiguration Translate()
    {
        AddClasses();
        AddLists();
        foreach (var service in _folder.Master.Services)
        {
            if (service is { Command: "smtpd", Type: "pass" }) AddBehindPostscreen(service);
            else if (Listeners.IsListener(service)) _listeners.Add(service);
            else _transports.Add(service);
        }
        AddPostscreen();
        foreach (var service in _folder.Master.Services) _parameters.Elsewhere.TryAdd($"{service.Name}_time_limit", ($"time_limit of {service.Name}", []));
        FindDescribedTables();
        foreach (var (name, where) in DescribedTables()) _parameters.Elsewhere.TryAdd(name, (where, []));
        foreach (var parameter in _folder.Main.Written) _parameters.Add(parameter);
        var stricter = PostfixDefaults.Apply(_common, _main, _catalogue).ToList();
        AddRelayGuards();
        foreach (var (stage, list) in _stages) AddText($"policies/{stage}.js", list.Write("./"));
        foreach (var listener in _listeners.All)
        {
            foreach (var (stage, list) in listener.Lists) AddText($"policies/{listener.Name}/{stage}.js", list.Write("../"));
        }
        AddText("policies/import.test.js", new PolicyTests(_main, _tables, _listeners.All, _stages).Write());
        foreach (var file in _tables.Files) _files[file.Path] = file;
        AddText("policymta.toml", Toml());
        return new ImportedConfiguration([.. _files.Values], [.. _report.Entries.OrderBy(e => e.File, StringComparer.Ordinal).ThenBy(e => e.Line)], stricter);
    }

    private void AddClasses()
    {
        var losses = new List<string>();
        foreach (var name in WordsOf.List(_main.Text("smtpd_restriction_classes")))
        {
            var own = new List<string>();
            AddText($"policies/classes/{name}.js", _lists.Translate($"the restriction class {name}", null, _main.Text(name), own).Write("../"));
            _parameters.Elsewhere[name] = ($"policies/classes/{name}.js", own);
            if (!_main.IsGiven(name)) losses.Add($"the class {name} is nowhere defined");
        }
        _parameters.Elsewhere["smtpd_restriction_classes"] = ("policies/classes/", losses);
    }

    private void AddLists()
    {
        foreach (var (name, stage) in RestrictionLists.Stages)
        {
            // Postfix's own relay list holds where main.cf has none.
            if (!_main.IsGiven(name) && name != RelayDefault) continue;
            var losses = new List<string>();
            var where = _main.IsGiven(name) ? _folder.Main.InForce[name].Place.ToString() : "Postfix's default";
            _stages[stage] = _lists.Translate($"{name} ({where})", stage, _main.Text(name), losses);
            _parameters.Elsewhere[name] = ($"policies/{stage}.js", losses);
        }
    }

    // A listener without a relay list is guarded by its recipient list in Postfix; here relay.js guards, always.
    private void AddRelayGuards()
    {
        if (_stages["relay"].Rules.Count == 0) Guard(_stages["relay"], _stages.GetValueOrDefault("recipient"));
        foreach (var listener in _listeners.All.Where(l => l.Lists.TryGetValue("relay", out var relay) && relay.Rules.Count == 0)) Guard(listener.Lists["relay"], listener.Lists.GetValueOrDefault("recipient") ?? _stages.GetValueOrDefault("recipient"));
    }

    private static void Guard(PolicyList relay, PolicyList? recipient)
    {
        relay.Comments.Add("It is empty: who may relay says smtpd_recipient_restrictions in Postfix, and what of it says so stands here.");
        relay.Rules.AddRange((recipient?.Rules ?? []).Where(rule => Guards.Any(guard => rule == $"r.{guard}()") || rule.StartsWith("r.check_", StringComparison.Ordinal)));
        if (!relay.Rules.Exists(rule => rule is "r.reject_unauth_destination()" or "r.defer_unauth_destination()" or "r.reject()" or "r.defer()")) relay.Rules.Add("r.reject_unauth_destination()");
    }

    private void AddBehindPostscreen(MasterService service)
    {
        if (_folder.Master.Services.Any(s => s is { Command: "postscreen", Type: "inet" })) return;
        _report.NotNeeded(service.Place, $"service {service.Name}/{service.Type}", "no postscreen passes connections on to it");
        foreach (var one in service.Overrides) _report.NotNeeded(one.Place, $"{service.Name}: -o {one.Name}", "no postscreen passes connections on to its service");
    }

    // Before the parameters are gone through: those that describe a table must not be taken for unknown ones.
    private void FindDescribedTables()
    {
        foreach (var parameter in _folder.Main.InForce.Values.Where(p => _catalogue.Keys.TryGetValue(p.Name, out var key) && key.Value == TargetValue.Tables)) _tables.Rewrite(_main.Text(parameter.Name), []);
    }

    // postscreen's DNS lists are asked by the client list of the listener that it was before.
    private void AddPostscreen()
    {
        var losses = new List<string>();
        var module = Postscreen.Write(_main, losses);
        foreach (var listener in _listeners.All.Where(l => l.IsBehindPostscreen))
        {
            if (module is null) break;
            AddText($"policies/{Postscreen.Module}", module);
            var list = listener.Lists["client"] = (listener.Lists.GetValueOrDefault("client") ?? _stages.GetValueOrDefault("client"))?.Copy("smtpd_client_restrictions, behind postscreen") ?? new PolicyList("postscreen");
            list.Imports[Postscreen.Rule] = Postscreen.Module;
            // Networks of ours are not asked about (postscreen_access_list).
            if (list.Rules.Count == 0 && WordsOf.List(_main.Text("postscreen_access_list")).Contains("permit_mynetworks")) list.Rules.Add("r.permit_mynetworks()");
            list.Rules.Insert(list.Rules.FirstOrDefault() == "r.permit_mynetworks()" ? 1 : 0, Postscreen.Rule);
        }
        if (!_listeners.All.Any(l => l.IsBehindPostscreen)) return;
        foreach (var name in Postscreen.Parameters) _parameters.Elsewhere[name] = (module is null ? "nothing comes of it: postscreen_dnsbl_action is ignore" : $"policies/{Postscreen.Module}", losses);
        var tables = WordsOf.List(_main.Text("postscreen_access_list")).Where(word => word != "permit_mynetworks").Select(word => $"{word} is not asked").ToList();
        _parameters.Elsewhere["postscreen_access_list"] = ("mynetworks go by postscreen's tests", tables);
    }

    private IEnumerable<(string Name, string Where)> DescribedTables()
    {
        foreach (var (table, _) in _tables.Sections)
        {
            foreach (var name in _tables.Described.Where(name => name.StartsWith(table + "_", StringComparison.Ordinal))) yield return (name, $"[tables.{table}]");
        }
    }

    private string Toml()
    {
        var text = new StringBuilder($"# Imported from the main.cf and master.cf of {_folder.Home}. IMPORT.md says what became of each line.\n");
        _common.Write(text);
        foreach (var (name, keys) in _tables.Sections)
        {
            var section = new TomlSection($"tables.{name}", $"{name}_… in main.cf");
            foreach (var (key, value) in keys) section.Set(key, TomlText.Quote(value));
            section.Write(text);
        }
        foreach (var listener in _listeners.All) listener.Section.Write(text);
        foreach (var section in _transports.Sections) section.Write(text);
        if (!_logging.Has("file")) _logging.Set("syslog", TomlText.Quote("/dev/log"));
        _logging.Set("console", "false");
        _logging.Write(text);
        return text.ToString();
    }

    private void AddText(string path, string text) => _files[path] = new ImportedFile(path, Encoding.UTF8.GetBytes(text));
}
