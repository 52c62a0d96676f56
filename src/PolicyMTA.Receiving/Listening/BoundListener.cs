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
    private Task _accepting = Task.CompletedTask;

    private volatile string _name;

    private BoundListener(string name, EndPoint asked, IConnectionListener listener) => (_name, Asked, _listener) = (name, asked, listener);

    /// <summary>The listener's name in the generation in force.</summary>
    internal string Name { get => _name; set => _name = value; }

    /// <summary>The address as the configuration gives it, port 0 included.</summary>
    internal EndPoint Asked { get; }

    /// <summary>The address as the system gave it.</summary>
    internal EndPoint EndPoint => _listener.EndPoint;

    /// <exception cref="ConfigurationException">The address can't be listened on.</exception>
    internal static async ValueTask<BoundListener> BindAsync(ListenerSettings settings, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        var factory = new SocketTransportFactory(Options.Create(new SocketTransportOptions
        {
            Backlog = 1024,
            MaxReadBufferSize = 64 * 1024,
            MaxWriteBufferSize = 64 * 1024,
            WaitForDataBeforeAllocatingBuffer = false, // a zero-byte read before each read costs more than a buffer per idle session
            UnsafePreferInlineScheduling = true,
        }), loggers);
        try
        {
            if (settings.EndPoint is UnixDomainSocketEndPoint unix) await RemoveStaleAsync(unix, cancellationToken);
            return new BoundListener(settings.Name, settings.EndPoint, await factory.BindAsync(settings.EndPoint, cancellationToken));
        }
        catch (Exception failure) when (failure is SocketException or AddressInUseException or IOException or UnauthorizedAccessException)
        {
            var cause = failure.GetBaseException() is SocketException { SocketErrorCode: SocketError.AccessDenied }
                ? "the system forbids it (a port below 1024 needs privileges)"
                : failure is AddressInUseException ? "another program listens there" : failure.GetBaseException().Message;
            throw new ConfigurationException($"listener '{settings.Name}' can't listen on {settings.EndPoint}: {cause}", failure);
        }
    }

    /// <summary>A killed server leaves its socket's file, and nobody could bind there again.</summary>
    private static async ValueTask RemoveStaleAsync(UnixDomainSocketEndPoint endPoint, CancellationToken cancellationToken)
    {
        var path = endPoint.ToString();
        // Abstract sockets have no file; a file that is no socket is somebody's.
        if (path.StartsWith('@') || !File.Exists(path) || CanBeOpened(path)) return;
        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await probe.ConnectAsync(endPoint, cancellationToken);
        }
        catch (SocketException refused) when (refused.SocketErrorCode == SocketError.ConnectionRefused)
        {
            File.Delete(path);
        }
        catch (SocketException)
        {
            // Binding says what is wrong.
        }
    }

    // A socket can't be opened as a file.
    private static bool CanBeOpened(string path)
    {
        try
        {
            using var file = File.OpenHandle(path);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
        catch (UnauthorizedAccessException)
        {
            return true;
        }
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
