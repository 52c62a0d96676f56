using PolicyMTA.Delivery;
using PolicyMTA.Delivery.Commands;

namespace PolicyMTA.Configuration;

/// <summary>Reads <c>[transports.NAME]</c>.</summary>
internal sealed class TransportReader(SectionReader reader, string root, Parameters common)
{
    private const string KnownFlags = "BDFORXhqu.>";

    public Dictionary<string, TransportSection> Read(TomlNode.Table document)
    {
        var transports = new Dictionary<string, TransportSection>(StringComparer.Ordinal);
        foreach (var (name, table, position) in reader.Named(document, "transports"))
        {
            var values = reader.Values(table);
            if (Deliverer.BuiltInTransports.Contains(name)) reader.Refuse(position, $"'{name}' is a transport of the program itself: give yours another name");
            TransportSection? section = values.Remove("protocol", out var protocol) ? ReadClient(protocol, values, position) : ReadPipe(name, values, position);
            if (section is not null) transports[name] = section;
        }
        return transports;
    }

    private TransportSection.Client? ReadClient(ParameterValue protocol, Dictionary<string, ParameterValue> values, SourcePosition position)
    {
        if (!ClientKeys.Prefixes.Contains(protocol.Text))
        {
            reader.Refuse(protocol.Position, $"protocol: '{protocol.Text}' is none of {string.Join(", ", ClientKeys.Prefixes)}");
            return null;
        }
        RefuseUnknown(values, ClientKeys.OfTransport(protocol.Text).ToList());
        var parameters = common.Override(values);
        reader.Check(parameters, values);
        return new TransportSection.Client(protocol.Text, parameters, position);
    }

    private TransportSection.Pipe? ReadPipe(string name, Dictionary<string, ParameterValue> values, SourcePosition position)
    {
        var known = ConfigurationKeys.Transport.Select(key => key.Name).ToList();
        RefuseUnknown(values, known);
        var parameters = Parameters.Create(root, ConfigurationKeys.Transport, values.Where(value => known.Contains(value.Key)));
        // The dollars of a command are its own macros, not parameters.
        reader.Check(parameters, values.Where(value => value.Key != "command").ToDictionary());
        return Read(name, parameters, values, position) is { } pipe ? new TransportSection.Pipe(pipe, position) : null;
    }

    private void RefuseUnknown(Dictionary<string, ParameterValue> values, List<string> known)
    {
        foreach (var (unknown, value) in values.Where(value => !known.Contains(value.Key))) reader.Refuse(value.KeyPosition, $"unknown key '{unknown}'{Spelling.Suggest(unknown, known)}");
    }

    private PipeSettings? Read(string name, Parameters parameters, Dictionary<string, ParameterValue> values, SourcePosition position)
    {
        // The words as they are: an argument may have blanks and dollars of its own.
        var command = values.GetValueOrDefault("command") is not { } given ? [] : given.Items ?? WordList.Split(given.Text);
        if (command.Count == 0)
        {
            reader.Refuse(position, $"[transports.{name}] needs a key 'command', or 'protocol'");
            return null;
        }
        var at = values["command"].Position;
        if (!Path.IsPathFullyQualified(command[0])) reader.Refuse(at, $"'{command[0]}' is no full path of a program");
        if (CommandMacros.FindUnknown(command) is { } unknown) reader.Refuse(at, $"there is no macro '{unknown}'{Spelling.Suggest(unknown, CommandMacros.Known)}");
        var flags = parameters.Text("flags");
        if (flags.FirstOrDefault(flag => !KnownFlags.Contains(flag, StringComparison.Ordinal)) is var wrong and not '\0') reader.Refuse(values["flags"].Position, $"there is no flag '{wrong}'; there are {KnownFlags}");
        if (!PostfixDuration.TryParse(parameters.Text("time_limit"), 's', out var limit) || limit <= TimeSpan.Zero) return null;
        return new PipeSettings
        {
            Command = command,
            User = parameters.Text("user") is { Length: > 0 } user ? user : null,
            Directory = parameters.FilePath("directory"),
            Flags = flags,
            EndOfLine = parameters.Text("eol").Replace("\\r", "\r", StringComparison.Ordinal).Replace("\\n", "\n", StringComparison.Ordinal),
            SizeLimit = parameters.Int64("size"),
            NullSender = parameters.Text("null_sender"),
            TimeLimit = limit,
        };
    }
}
