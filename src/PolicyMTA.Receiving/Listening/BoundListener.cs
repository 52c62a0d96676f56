using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using PolicyMTA.Sdk;

namespace PolicyMTA.Receiving.Listening;

/// <summary>One address that is listened on, and the loop that accepts there.</summary>
internal sealed class BoundListener : IAsyncDisposable
{
    private readonly IConnectionListener _listener;
    private readonly Socket _socket;
    private Task _accepting = Task.CompletedTask;

    private volatile string _name;

    private BoundListener(string name, EndPoint asked, IConnectionListener listener, Socket socket) => (_name, Asked, _listener, _socket) = (name, asked, listener, socket);

    /// <summary>The listener's name in the generation in force.</summary>
    internal string Name { get => _name; set => _name = value; }

    /// <summary>The address as the configuration gives it, port 0 included.</summary>
    internal EndPoint Asked { get; }

    /// <summary>The address as the system gave it.</summary>
    internal EndPoint EndPoint => _listener.EndPoint;

    /// <param name="settings">The listener.</param>
    /// <param name="endPoint">Which of its addresses.</param>
    /// <param name="leaving">Listeners that a switch will close, and that therefore may be in the way: 127.0.0.1:25 becomes 0.0.0.0:25.</param>
    /// <param name="inherited">The sockets that the system gave us.</param>
    /// <param name="loggers">The log.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="ConfigurationException">The address can't be listened on.</exception>
    internal static async ValueTask<BoundListener> BindAsync(
        ListenerSettings settings, EndPoint endPoint, IReadOnlyList<BoundListener> leaving, InheritedSockets inherited, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        try
        {
            if (settings.MakesFolder && endPoint is UnixDomainSocketEndPoint file && Path.GetDirectoryName(file.ToString()) is { Length: > 0 } folder) MakeFolder(folder);
            if (endPoint is UnixDomainSocketEndPoint unix) await StaleSocket.RemoveAsync(unix, cancellationToken);
            var inTheWay = leaving.Where(l => SharedPort.Overlap(l.EndPoint, endPoint)).Select(l => l._socket).ToList();
            using var room = SharedPort.MakeRoom(inTheWay);
            Socket? socket = null;
            var options = new SocketTransportOptions
            {
                Backlog = 1024,
                MaxReadBufferSize = 64 * 1024,
                MaxWriteBufferSize = 64 * 1024,
                WaitForDataBeforeAllocatingBuffer = false, // a zero-byte read before each read costs more than a buffer per idle session
                UnsafePreferInlineScheduling = true,
                CreateBoundListenSocket = at => socket = ListenSocket.Bind(at, room),
            };
            IConnectionListener listener = endPoint is InheritedEndPoint given
                ? new InheritedListener(socket = inherited.Open(given), options, loggers)
                : await new SocketTransportFactory(Options.Create(options), loggers).BindAsync(endPoint, cancellationToken);
            var bound = new BoundListener(settings.Name, endPoint, listener, socket!);
            bound.Permit(settings);
            return bound;
        }
        catch (Exception failure) when (failure is SocketException or AddressInUseException or IOException or UnauthorizedAccessException)
        {
            var cause = failure.GetBaseException() is SocketException { SocketErrorCode: SocketError.AccessDenied }
                ? "the system forbids it (a port below 1024 needs privileges)"
                : failure is AddressInUseException ? "another program listens there" : failure.GetBaseException().Message;
            throw new ConfigurationException($"listener '{settings.Name}' can't listen on {endPoint}: {cause}", failure);
        }
    }

    /// <summary>Gives a unix socket's file the mode that says who may connect.</summary>
    internal void Permit(ListenerSettings settings)
    {
        if (Asked is UnixDomainSocketEndPoint && !Asked.ToString()!.StartsWith('@') && settings.SocketMode is { } mode && !OperatingSystem.IsWindows()) File.SetUnixFileMode(Asked.ToString()!, mode);
    }

    private static void MakeFolder(string folder)
    {
        if (Directory.Exists(folder)) return;
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(folder);
        else Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    /// <summary>Hands each connection to <paramref name="serve"/>, which must not throw.</summary>
    internal void Start(Action<BoundListener, ConnectionContext> serve, ILogger log) => _accepting = AcceptAsync(serve, log);

    public async ValueTask DisposeAsync()
    {
        await _listener.UnbindAsync();
        await _accepting;
        await _listener.DisposeAsync();
    }

    private async Task AcceptAsync(Action<BoundListener, ConnectionContext> serve, ILogger log)
    {
        await Task.Yield();
        while (true)
        {
            try
            {
                if (await _listener.AcceptAsync() is not { } connection) return;
                serve(this, connection);
            }
            catch (Exception failure)
            {
                SmtpReceiver.Log.AcceptFailed(log, failure, Name);
            }
        }
    }
}
