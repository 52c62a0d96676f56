using System.Globalization;
using PolicyMTA.Import.Parameters;
using PolicyMTA.Import.Reading;

namespace PolicyMTA.Import.Translation;

/// <summary>The services of master.cf that deliver mail, and those that are started for others.</summary>
internal sealed class Transports(SourceValues main, TargetCatalogue catalogue, ValueTranslation translation, TomlSection common, ImportReport report)
{
    private const string WholeServer = "PolicyMTA has one program for it: here the setting is for all";
    private static readonly string[] BuiltIn = ["smtp", "relay", "lmtp", "local", "virtual", "error", "retry", "discard"];
    private static readonly Dictionary<string, string> Helpers = new(StringComparer.Ordinal)
    {
        ["pickup"] = "[local_submission]: the maildrop folder and sendmail",
        ["cleanup"] = "part of receiving",
        ["qmgr"] = "[queue]",
        ["nqmgr"] = "[queue]",
        ["trivial-rewrite"] = "part of receiving and of delivery",
        ["bounce"] = "reports are made by the server itself",
        ["verify"] = "address verification is part of the server",
        ["flush"] = "ETRN and policymta queue flush",
        ["showq"] = "mailq, policymta queue list",
        ["error"] = "the transports error and retry",
        ["discard"] = "the transport discard",
        ["anvil"] = "clients are counted by the server itself",
        ["scache"] = "connections are kept by the server itself",
        ["tlsmgr"] = "keys of TLS sessions stay in memory",
        ["proxymap"] = "tables are opened once, for all sessions",
        ["postlogd"] = "[logging]",
        ["tlsproxy"] = "TLS is part of the listener and of the client",
        ["dnsblog"] = "DNS lists are asked by the rules themselves",
    };

    private readonly List<TomlSection> _sections = [];

    /// <summary>The sections of transports and services.</summary>
    public IReadOnlyList<TomlSection> Sections => _sections;

    public void Add(MasterService service)
    {
        switch (service)
        {
            case { Command: "pipe" }:
                AddPipe(service);
                break;
            case { Command: "spawn" }:
                AddSpawned(service);
                break;
            case { Command: "smtp" or "lmtp" } when !BuiltIn.Contains(service.Name):
                AddClient(service);
                break;
            case { Command: "smtp" or "lmtp" or "local" or "virtual" }:
                report.Mapped(service.Place, Subject(service), $"the transport {service.Name}");
                AddOverrides(service, common);
                break;
            case { Command: var command } when Helpers.TryGetValue(command, out var where):
                report.NotNeeded(service.Place, Subject(service), where);
                AddOverrides(service, null);
                break;
            default:
                report.NotSupported(service.Place, Subject(service), $"there is nothing like {service.Command}");
                foreach (var one in service.Overrides) report.NotSupported(one.Place, Subject(service, one), "its service is not supported");
                break;
        }
    }

    private void AddPipe(MasterService service)
    {
        var section = new TomlSection($"transports.{TomlText.Key(service.Name)}", $"{service.Name} {service.Type} … pipe ({service.Place})");
        var losses = new List<string>();
        var (attributes, command) = Program(service, losses);
        section.Set("command", TomlText.Array(command));
        foreach (var (name, value) in attributes)
        {
            if (name == "user") section.Set("user", TomlText.Quote(WithoutGroup(value, losses)));
            else if (name is "directory" or "flags" or "eol" or "null_sender") section.Set(name, TomlText.Quote(value));
            else if (name == "size") section.Set("size", value);
            else losses.Add($"there is no {name}=");
        }
        AddTimeLimit(service, section, main.Text("command_time_limit") is "1000s" or "" ? null : main.Text("command_time_limit"));
        _sections.Add(section);
        report.Mapped(service.Place, Subject(service), $"[transports.{service.Name}]", losses);
        AddOverrides(service, null);
    }

    private void AddSpawned(MasterService service)
    {
        var losses = new List<string>();
        if (service.Type != "unix")
        {
            report.NotSupported(service.Place, Subject(service), "services are started behind unix sockets only: give it a type unix, and its clients unix:private/NAME");
            AddOverrides(service, null);
            return;
        }
        var section = new TomlSection($"services.{TomlText.Key(service.Name)}", $"{service.Name} {service.Type} … spawn ({service.Place})");
        var (attributes, command) = Program(service, losses);
        section.Set("listen", TomlText.Quote($"{(service.Private == "n" ? "public" : "private")}/{service.Name}"));
        section.Set("command", TomlText.Array(command));
        foreach (var (name, value) in attributes)
        {
            if (name == "user") section.Set("user", TomlText.Quote(WithoutGroup(value, losses)));
            else losses.Add($"there is no {name}=");
        }
        AddTimeLimit(service, section, null);
        if (int.TryParse(service.ProcessLimit, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit > 0) section.Set("process_limit", service.ProcessLimit);
        _sections.Add(section);
        report.Mapped(service.Place, Subject(service), $"[services.{service.Name}]", losses);
        AddOverrides(service, null);
    }

    private void AddClient(MasterService service)
    {
        var section = new TomlSection($"transports.{TomlText.Key(service.Name)}", $"{service.Name} {service.Type} … {service.Command} ({service.Place})");
        section.Set("protocol", TomlText.Quote(service.Command));
        _sections.Add(section);
        report.Mapped(service.Place, Subject(service), $"[transports.{service.Name}]");
        AddOverrides(service, section);
    }

    // Into the section where there is one; else they must be the same as main.cf's.
    private void AddOverrides(MasterService service, TomlSection? section)
    {
        var values = main.In(service);
        foreach (var one in service.Overrides)
        {
            var losses = new List<string>();
            var isKey = catalogue.Keys.TryGetValue(one.Name, out var key);
            if (values.Text(one.Name) == main.Text(one.Name)) report.NotNeeded(one.Place, Subject(service, one), "main.cf, or Postfix itself, has the same");
            else if (one.Name == "syslog_name") report.NotNeeded(one.Place, Subject(service, one), "log lines name the transport");
            else if (isKey && section is not null && (section == common ? service.Name == service.Command : catalogue.IsOfClient(service.Command, one.Name)))
            {
                if (translation.ToToml(key!, one, values, losses) is { } value) section.Set(one.Name, value);
                if (section == common && service.Name == "smtp") losses.Add("it holds for the transport relay too");
                report.Mapped(one.Place, Subject(service, one), section == common ? one.Name : $"[{section.Header}]", losses);
            }
            else if (isKey) report.NotSupported(one.Place, Subject(service, one), $"{WholeServer}, \"{main.Text(one.Name)}\"");
            else if (ParameterFate.Find(one.Name) is { IsNeeded: false } fate) report.NotNeeded(one.Place, Subject(service, one), fate.Reason);
            else report.NotSupported(one.Place, Subject(service, one), ParameterFate.Find(one.Name)?.Reason ?? "there is no such setting");
        }
    }

    private void AddTimeLimit(MasterService service, TomlSection section, string? otherwise)
    {
        var limit = main.IsGiven($"{service.Name}_time_limit") ? main.Text($"{service.Name}_time_limit") : otherwise;
        if (limit is { Length: > 0 }) section.Set("time_limit", TomlText.Quote(char.IsAsciiDigit(limit[^1]) ? limit + "s" : limit));
    }

    // pipe(8) and spawn(8): attributes, then argv= to the end of the line.
    private static (List<(string Name, string Value)> Attributes, IReadOnlyList<string> Command) Program(MasterService service, List<string> losses)
    {
        var attributes = new List<(string, string)>();
        var arguments = MasterArguments.WithoutOptions(service.Arguments);
        for (var i = 0; i < arguments.Count; i++)
        {
            if (arguments[i].StartsWith("argv=", StringComparison.Ordinal)) return (attributes, [arguments[i]["argv=".Length..], .. arguments.Skip(i + 1)]);
            var parts = arguments[i].Split('=', 2);
            if (parts.Length == 2) attributes.Add((parts[0], parts[1]));
            else losses.Add($"\"{arguments[i]}\" is no attribute");
        }
        losses.Add("it has no argv=");
        return (attributes, []);
    }

    private static string WithoutGroup(string user, List<string> losses)
    {
        var parts = user.Split(':', 2);
        if (parts.Length == 2 && parts[1] != parts[0]) losses.Add($"the group is {parts[0]}'s own, not {parts[1]}");
        return parts[0];
    }

    private static string Subject(MasterService service) => $"service {service.Name}/{service.Type}";

    private static string Subject(MasterService service, Parameter one) => $"{service.Name}: -o {one.Name}";
}
