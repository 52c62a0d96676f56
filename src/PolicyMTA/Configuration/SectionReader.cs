using System.Text.Json.Nodes;
using PolicyMTA.Configuration.PostfixAdmin;

namespace PolicyMTA.Configuration;

/// <summary>Turns a TOML file into a <see cref="MailConfiguration"/>, collecting what is wrong.</summary>
internal sealed class SectionReader(string file, string root)
{
    private readonly List<ConfigurationError> _errors = [];

    /// <summary>What is wrong so far.</summary>
    public IReadOnlyList<ConfigurationError> Errors => _errors;

    /// <summary>Reads the whole file; null when something is wrong.</summary>
    public MailConfiguration? Read(TomlNode.Table document, string text)
    {
        var sections = ConfigurationKeys.Sections.Keys.ToDictionary(name => name, name => ReadSection(document, name));
        var postfixAdmin = ReadPostfixAdmin(document, sections["postfixadmin"]);
        var parameters = ReadParameters(document, postfixAdmin);
        RefuseUnknownSections(document);
        var listeners = new ListenerReader(this, parameters).Read(document);
        var services = new ServiceReader(this, root, parameters).Read(document, listeners);
        var certificates = ReadCertificates(document);
        var tables = ReadTables(document, postfixAdmin);
        var transports = new TransportReader(this, root, parameters).Read(document);
        var pools = new PoolReader(this, root).Read(document);
        var plugins = ReadPlugins(document);
        var submission = ReadLocalSubmission(document, sections["local_submission"]);
        return _errors.Count > 0 ? null : new MailConfiguration
        {
            File = file,
            Root = root,
            Text = text,
            Parameters = parameters,
            Listeners = listeners,
            Services = services,
            Certificates = certificates,
            Tables = tables,
            Transports = transports,
            Pools = pools,
            HttpEndpoints = new EndpointReader(this, root).Read(document, "http"),
            EventEndpoints = new EndpointReader(this, root).Read(document, "events"),
            Plugins = plugins,
            Queue = QueueSection.From(sections["queue"]),
            Counters = CountersSection.From(sections["counters"]),
            LocalSubmission = submission!,
            Policy = PolicySection.From(sections["policy"]),
            Logging = LoggingSection.From(sections["logging"]),
            Control = ControlSection.From(sections["control"]),
        };
    }

    /// <summary>Notes a mistake.</summary>
    public void Refuse(SourcePosition position, string message) => _errors.Add(new ConfigurationError(file, position.Line, position.Column, message));

    /// <summary>The tables inside a table of tables, by name; everything else there is refused.</summary>
    public IEnumerable<(string Name, TomlNode.Table Table, SourcePosition Position)> Named(TomlNode.Table document, string section)
    {
        if (!document.Entries.TryGetValue(section, out var entry)) yield break;
        if (entry.Value is not TomlNode.Table tables)
        {
            Refuse(entry.KeyPosition, $"'{section}' must be sections: [{section}.NAME]");
            yield break;
        }
        foreach (var (name, value) in tables.Entries)
        {
            if (value.Value is TomlNode.Table table) yield return (name, table, value.KeyPosition);
            else Refuse(value.KeyPosition, $"'{section}.{name}' must be a section: [{section}.{name}]");
        }
    }

    /// <summary>The values of a table; those that no parameter can have are refused.</summary>
    public Dictionary<string, ParameterValue> Values(TomlNode.Table table, Func<string, bool>? skip = null)
    {
        var values = new Dictionary<string, ParameterValue>(StringComparer.Ordinal);
        foreach (var (name, entry) in table.Entries)
        {
            if (skip?.Invoke(name) == true) continue;
            if (ParameterValue.FromNode(entry.Value, entry.KeyPosition) is { } value) values[name] = value;
            else Refuse(entry.KeyPosition, $"'{name}' must be a value or a list of values");
        }
        return values;
    }

    /// <summary>Notes the mistakes in some values.</summary>
    public void Check(Parameters parameters, IReadOnlyDictionary<string, ParameterValue> given) => _errors.AddRange(ParameterChecks.FindMistakes(parameters, given, file));

    private Parameters ReadParameters(TomlNode.Table document, PostfixAdminSection postfixAdmin)
    {
        var values = Values(document, name => document.Entries[name].Value is TomlNode.Table or TomlNode.Sequence { Items: [TomlNode.Table, ..] });
        foreach (var (name, text) in postfixAdmin.Values) values.TryAdd(name, new ParameterValue(text, null, PositionOf(document, "postfixadmin"), PositionOf(document, "postfixadmin")));
        var parameters = Parameters.Create(root, ConfigurationKeys.Parameters.Concat(TransportKeys.Declare(values.Keys)), values);
        Check(parameters, values);
        return parameters;
    }

    private void RefuseUnknownSections(TomlNode.Table document)
    {
        string[] known = ["listeners", "services", "certificates", "tables", "transports", "pools", "http", "events", "plugins", .. ConfigurationKeys.Sections.Keys];
        foreach (var (name, entry) in document.Entries)
        {
            if (entry.Value is TomlNode.Scalar or TomlNode.Sequence { Items: not [TomlNode.Table, ..] } || known.Contains(name)) continue;
            var isParameter = ConfigurationKeys.Parameters.Any(d => d.Name == name);
            Refuse(entry.KeyPosition, isParameter ? $"'{name}' must be a value or a list of values" : $"unknown section [{name}]{Spelling.Suggest(name, known)}");
        }
    }

    private Parameters ReadSection(TomlNode.Table document, string section)
    {
        var definitions = ConfigurationKeys.Sections[section];
        var values = new Dictionary<string, ParameterValue>();
        if (document.Entries.TryGetValue(section, out var entry))
        {
            if (entry.Value is TomlNode.Table table) values = Values(table);
            else Refuse(entry.KeyPosition, $"'{section}' must be a section: [{section}]");
        }
        var parameters = Parameters.Create(root, definitions, values);
        Check(parameters, values);
        _errors.AddRange(ParameterChecks.FindUnknown(parameters, file));
        return parameters;
    }

    private PostfixAdminSection ReadPostfixAdmin(TomlNode.Table document, Parameters section)
    {
        var position = PositionOf(document, "postfixadmin");
        try
        {
            return PostfixAdminSection.From(section, position);
        }
        catch (Sdk.ConfigurationException error)
        {
            Refuse(section.PositionOf("database"), $"[postfixadmin]: {error.Message}");
            return PostfixAdminSection.None;
        }
    }

    private static SourcePosition PositionOf(TomlNode.Table document, string section) => document.Entries.TryGetValue(section, out var entry) ? entry.KeyPosition : default;

    private LocalSubmissionSection? ReadLocalSubmission(TomlNode.Table document, Parameters section)
    {
        try
        {
            return LocalSubmissionSection.From(section);
        }
        catch (Sdk.ConfigurationException error)
        {
            var table = document.Entries["local_submission"];
            Refuse(table.Value is TomlNode.Table { Entries: var entries } && entries.TryGetValue("mode", out var mode) ? mode.KeyPosition : table.KeyPosition, error.Message);
            return null;
        }
    }

    private List<CertificateSection> ReadCertificates(TomlNode.Table document)
    {
        var certificates = new List<CertificateSection>();
        var known = ConfigurationKeys.Certificate.Select(d => d.Name).ToList();
        foreach (var (name, table, position) in Named(document, "certificates"))
        {
            var values = Values(table);
            foreach (var (unknown, value) in values.Where(v => !known.Contains(v.Key))) Refuse(value.KeyPosition, $"unknown key '{unknown}'{Spelling.Suggest(unknown, known)}");
            if (!IsServerName(name)) Refuse(position, $"'{name}' is no name that a client can ask for: write mail.example.org or *.example.org");
            if (values.GetValueOrDefault("cert_file")?.Text is not { Length: > 0 } certificate)
            {
                Refuse(position, $"[certificates.\"{name}\"] needs a key 'cert_file'");
                continue;
            }
            var key = values.GetValueOrDefault("key_file")?.Text is { Length: > 0 } given ? given : certificate;
            certificates.Add(new CertificateSection(name.ToLowerInvariant(), Path.GetFullPath(certificate, root), Path.GetFullPath(key, root), position));
        }
        return certificates;
    }

    private static bool IsServerName(string name) => Uri.CheckHostName(name.StartsWith("*.", StringComparison.Ordinal) ? name[2..] : name) == UriHostNameType.Dns;

    private Dictionary<string, TableSection> ReadTables(TomlNode.Table document, PostfixAdminSection postfixAdmin)
    {
        var tables = new Dictionary<string, TableSection>(postfixAdmin.Tables, StringComparer.Ordinal);
        foreach (var (name, table, position) in Named(document, "tables"))
        {
            var values = Values(table);
            var type = values.GetValueOrDefault("type")?.Text ?? "";
            if (type.Length == 0) Refuse(position, $"[tables.{name}] needs a key 'type'");
            if (name.Contains('/', StringComparison.Ordinal) || name.Contains(':', StringComparison.Ordinal)) Refuse(position, $"a table's name has neither '/' nor ':': '{name}'");
            if (postfixAdmin.Tables.ContainsKey(name)) Refuse(position, $"[tables.{name}] is one of those that [postfixadmin] makes");
            var own = values.Where(v => v.Key is not ("type" or "path" or "name")).ToDictionary(v => v.Key, v => OwnValue(v.Key, v.Value.Text), StringComparer.Ordinal);
            var path = (values.GetValueOrDefault("path") ?? values.GetValueOrDefault("name"))?.Text ?? "";
            tables[name] = new TableSection(type, values.ContainsKey("path") ? Path.GetFullPath(path, root) : path, own, position);
        }
        return tables;
    }

    // The one key of a table plugin that is a path by its Postfix meaning.
    private string OwnValue(string key, string text) => key == "dbpath" ? Path.GetFullPath(text, root) : text;

    private Dictionary<string, PluginSection> ReadPlugins(TomlNode.Table document) =>
        Named(document, "plugins").ToDictionary(p => p.Name, p => new PluginSection((JsonObject)ToJson(p.Table)!, p.Position), StringComparer.Ordinal);

    private static JsonNode? ToJson(TomlNode node) => node switch
    {
        TomlNode.Table table => new JsonObject(table.Entries.Select(e => KeyValuePair.Create(e.Key, ToJson(e.Value.Value)))),
        TomlNode.Sequence sequence => new JsonArray([.. sequence.Items.Select(ToJson)]),
        TomlNode.Scalar { Value: bool truth } => JsonValue.Create(truth),
        TomlNode.Scalar { Value: long number } => JsonValue.Create(number),
        TomlNode.Scalar { Value: double number } => JsonValue.Create(number),
        TomlNode.Scalar scalar => JsonValue.Create(scalar.Value.ToString()),
        _ => null,
    };
}
