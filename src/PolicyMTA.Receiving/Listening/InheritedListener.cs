using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;

namespace PolicyMTA.Receiving.Listening;

/// <summary>
/// Accepts on a socket that is not ours to close: Kestrel's listener would let go of it, and the runtime's poll set, which still knows a descriptor that stays
/// open, would not take it a second time.
/// </summary>
internal sealed class InheritedListener(Socket socket, SocketTransportOptions options, ILoggerFactory loggers) : IConnectionListener
{
    private readonly CancellationTokenSource _unbound = new();
    private readonly SocketConnectionContextFactory _connections = new(
        new SocketConnectionFactoryOptions
        {
            MaxReadBufferSize = options.MaxReadBufferSize,
            MaxWriteBufferSize = options.MaxWriteBufferSize,
            WaitForDataBeforeAllocatingBuffer = options.WaitForDataBeforeAllocatingBuffer,
            UnsafePreferInlineScheduling = options.UnsafePreferInlineScheduling,
        },
        loggers.CreateLogger("smtpd"));

    public EndPoint EndPoint { get; } = socket.LocalEndPoint!;

    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            var client = await socket.AcceptAsync(_unbound.Token);
            if (client.LocalEndPoint is IPEndPoint) client.NoDelay = true;
            return _connections.Create(client);
        }
        catch (OperationCanceledException) when (_unbound.IsCancellationRequested)
        {
            return null;
        }
    }

    public ValueTask UnbindAsync(CancellationToken cancellationToken = default) => new(_unbound.CancelAsync());

    public ValueTask DisposeAsync()
    {
        _connections.Dispose();
        _unbound.Dispose();
        return ValueTask.CompletedTask;
    }
}
