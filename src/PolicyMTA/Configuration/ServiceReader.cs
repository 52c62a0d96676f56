using System.Globalization;
using System.Net.Sockets;
using System.Text;
using PolicyMTA.Delivery;

namespace PolicyMTA.Configuration;

/// <summary>Reads <c>[services.NAME]</c>.</summary>
internal sealed class ServiceReader(SectionReader reader, string root, Parameters common)
{
    // sun_path of unix(7), with its end.
    private const int LongestPath = 107;
    private const int MostProcesses = 10_000;

    public IReadOnlyList<ServiceSection> Read(TomlNode.Table document, IReadOnlyList<ListenerSection> listeners)
    {
        var services = new List<ServiceSection>();
        var known = ConfigurationKeys.Service.Select(key => key.Name).ToList();
        foreach (var (name, table, position) in reader.Named(document, "services"))
        {
            var mistakes = reader.Errors.Count;
            var values = reader.Values(table);
            foreach (var (unknown, value) in values.Where(value => !known.Contains(value.Key))) reader.Refuse(value.KeyPosition, $"unknown key '{unknown}'{Spelling.Suggest(unknown, known)}");
            var given = values.Where(value => known.Contains(value.Key)).ToDictionary();
            var parameters = Parameters.Create(root, ConfigurationKeys.Service, given);
            // The dollars of a command are its own.
            reader.Check(parameters, given.Where(value => value.Key != "command").ToDictionary());
            if (listeners.Any(listener => listener.Name == name)) reader.Refuse(position, $"'{name}' is a listener already: give the service another name");
            if (reader.Errors.Count == mistakes && Read(name, parameters, given, position) is { } service) services.Add(service);
        }
        foreach (var same in services.GroupBy(service => service.Listen.ToString()).Where(group => group.Count() > 1)) reader.Refuse(same.Last().Position, $"{same.Key} is the socket of more than one service");
        return services;
    }

    private ServiceSection? Read(string name, Parameters parameters, Dictionary<string, ParameterValue> values, SourcePosition position)
    {
        // The words as they are: an argument may have blanks and dollars of its own.
        var command = values.GetValueOrDefault("command") is not { } given ? [] : given.Items ?? WordList.Split(given.Text);
        if (command.Count == 0) return Refuse(position, $"[services.{name}] needs a key 'command'");
        if (!Path.IsPathFullyQualified(command[0])) return Refuse(values["command"].Position, $"'{command[0]}' is no full path of a program");
        if (parameters.Text("listen") is not { Length: > 0 } listen) return Refuse(position, $"[services.{name}] needs a key 'listen'");
        var path = Path.GetFullPath(listen, common.FilePath("queue_directory") ?? root);
        if (Encoding.UTF8.GetByteCount(path) > LongestPath) return Refuse(values["listen"].Position, $"{path} is too long for a socket: {LongestPath} bytes at most");
        if (FindMode(parameters.Text("mode")) is not { } mode) return Refuse(values["mode"].Position, $"mode: '{parameters.Text("mode")}' is no file mode such as 0660");
        var limit = parameters.Int32("process_limit");
        if (limit is < 1 or > MostProcesses) return Refuse(values["process_limit"].Position, $"process_limit is a number from 1 to {MostProcesses.ToString(CultureInfo.InvariantCulture)}");
        var time = parameters.Duration("time_limit");
        if (time <= TimeSpan.Zero) return Refuse(values["time_limit"].Position, "time_limit is a time above 0");
        var spawn = new SpawnSettings
        {
            Name = name,
            Command = command,
            User = parameters.Text("user") is { Length: > 0 } user ? user : null,
            Directory = parameters.FilePath("directory") ?? "/",
            TimeLimit = time,
            ProcessLimit = limit,
        };
        return new ServiceSection(spawn, new UnixDomainSocketEndPoint(path), mode, position);
    }

    private ServiceSection? Refuse(SourcePosition position, string message)
    {
        reader.Refuse(position, message);
        return null;
    }

    private static UnixFileMode? FindMode(string text) =>
        text.Length is 3 or 4 && text.All(c => c is >= '0' and <= '7') && Convert.ToInt32(text, 8) is <= 511 and var bits ? (UnixFileMode)bits : null;
}
