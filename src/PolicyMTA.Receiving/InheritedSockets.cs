using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Sockets;
using PolicyMTA.Sdk;

namespace PolicyMTA.Receiving;

/// <summary>
/// The sockets that a service manager passes on (sd_listen_fds(3)): descriptors from 3, counted by LISTEN_FDS, named by LISTEN_FDNAMES, ours when LISTEN_PID is.
/// They stay open as long as the process: a listener that goes away and comes back finds its socket.
/// </summary>
public sealed class InheritedSockets
{
    private const int First = 3;

    private readonly IReadOnlyList<string> _names;
    private readonly ConcurrentDictionary<int, Socket> _open = new();

    private InheritedSockets(IReadOnlyList<string> names) => _names = names;

    /// <summary>There are none.</summary>
    public static InheritedSockets None { get; } = new([]);

    /// <summary>Reads them from the environment's variables; those that are not ours are none.</summary>
    /// <param name="variable">An environment variable; null when it is not set.</param>
    /// <param name="processId">Who we are.</param>
    public static InheritedSockets Read(Func<string, string?> variable, int processId)
    {
        ArgumentNullException.ThrowIfNull(variable);
        if (!TryNumber(variable("LISTEN_PID"), out var pid) || pid != processId || !TryNumber(variable("LISTEN_FDS"), out var count)) return None;
        var names = variable("LISTEN_FDNAMES")?.Split(':') ?? [];
        return new InheritedSockets([.. Enumerable.Range(0, Math.Min(count, 1024)).Select(i => i < names.Length ? names[i] : "unknown")]);
    }

    /// <summary>Gives one, the same each time; it is nobody's to close.</summary>
    /// <exception cref="ConfigurationException">There is none of that name.</exception>
    internal Socket Open(InheritedEndPoint endPoint)
    {
        var at = Enumerable.Range(0, _names.Count).Where(i => _names[i] == endPoint.Name).Skip(endPoint.Number - 1).DefaultIfEmpty(-1).First();
        if (at < 0)
        {
            var given = _names.Count == 0 ? "it gave none" : $"it gave {string.Join(", ", _names)}";
            throw new ConfigurationException($"the service manager gave no socket {endPoint}: {given} (FileDescriptorName= of the socket unit names them)");
        }
        try
        {
            return _open.GetOrAdd(at, static i => new Socket(new SafeSocketHandle(First + i, ownsHandle: false)));
        }
        catch (SocketException failure)
        {
            throw new ConfigurationException($"{endPoint} is no stream socket: {failure.Message}", failure);
        }
    }

    private static bool TryNumber(string? text, out int number) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
