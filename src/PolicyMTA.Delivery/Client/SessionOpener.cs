using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using PolicyMTA.Delivery.Client.Tls;
using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Client;

/// <summary>Connects and has the greeting exchanged, in plain text once more where broken TLS may be done without.</summary>
internal sealed class SessionOpener(Dialect dialect, TimeProvider time, ILogger logger)
{
    public async ValueTask<Opening> OpenAsync(Destination destination, ClientSettings settings, SessionTerms terms, CancellationToken cancellationToken)
    {
        var (opening, isTlsBroken) = await TryAsync(destination, settings, terms, cancellationToken);
        // RFC 7435: opportunistic TLS never makes mail worse off than without; a failed handshake leaves a session nobody can use, so a new one.
        // A login stays out of plain text that somebody may have forced upon us.
        var mayDoWithout = isTlsBroken && terms is { Tls.Level: TlsLevel.May, Login: null };
        return mayDoWithout ? (await TryAsync(destination, settings, terms with { Tls = TlsRequirement.None }, cancellationToken)).Opening : opening;
    }

    private async ValueTask<(Opening Opening, bool IsTlsBroken)> TryAsync(Destination destination, ClientSettings settings, SessionTerms terms, CancellationToken cancellationToken)
    {
        var (socket, reason) = await ConnectAsync(destination, settings, terms.Source, cancellationToken);
        if (socket is null) return (new Opening.Failed(Failure.Connect(destination, reason), HasTalked: false), false);
        var connection = new ClientConnection(socket, destination, time);
        connection.Attach(cancellationToken);
        var greeting = new Greeting(connection, dialect, settings, terms, logger);
        Failure? failure;
        try
        {
            failure = await greeting.ExchangeAsync(cancellationToken);
        }
        catch (ConnectionBrokenException broken)
        {
            failure = Failure.Broken(destination, broken.Because, greeting.Step);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
        if (failure is null) return (new Opening.Opened(connection), false);
        connection.IsSpent |= greeting.IsTlsBroken;
        await Goodbye.SayAsync(connection);
        return (new Opening.Failed(failure, HasTalked: true), greeting.IsTlsBroken);
    }

    private async ValueTask<(Socket? Socket, string Reason)> ConnectAsync(Destination destination, ClientSettings settings, IPAddress? source, CancellationToken cancellationToken)
    {
        var isUnix = destination.EndPoint is UnixDomainSocketEndPoint;
        Socket? socket = null;
        using var deadline = new CancellationTokenSource(settings.Timeouts.Connect, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            socket = new Socket(destination.EndPoint.AddressFamily, SocketType.Stream, isUnix ? ProtocolType.Unspecified : ProtocolType.Tcp);
            if (!isUnix) Prepare(socket, settings, source);
            await socket.ConnectAsync(destination.EndPoint, either.Token);
            return (socket, "");
        }
        catch (Exception error)
        {
            socket?.Dispose();
            if (error is OperationCanceledException && !cancellationToken.IsCancellationRequested) return (null, "Connection timed out");
            // The runtime turns a missing socket file into "cannot assign requested address".
            if (isUnix && error is SocketException && !File.Exists(destination.EndPoint.ToString())) return (null, "No such file or directory");
            if (error is SocketException refused) return (null, Marshal.GetPInvokeErrorMessage(refused.NativeErrorCode));
            throw;
        }
    }

    private static void Prepare(Socket socket, ClientSettings settings, IPAddress? source)
    {
        socket.NoDelay = true;
        if (source is null) return;
        try
        {
            socket.Bind(new IPEndPoint(source, 0));
        }
        catch (SocketException) when (!settings.EnforcesBindAddress)
        {
            // The address is not this machine's any more: mail goes from another one, as in Postfix.
        }
    }
}
