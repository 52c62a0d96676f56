using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using PolicyMTA.Sdk;
using PolicyMTA.Smtp;

namespace PolicyMTA.Delivery.Client;

/// <summary>Connects, hears the greeting, says EHLO or LHLO, and starts TLS as the level asks.</summary>
internal sealed class SessionOpener(Dialect dialect, TimeProvider time)
{
    private static readonly EnhancedStatus TlsNotOffered = new(4, 7, 4);
    private static readonly EnhancedStatus TlsFailed = new(4, 7, 5);

    public async ValueTask<Opening> OpenAsync(Destination destination, DeliverySettings settings, TlsLevel level, CancellationToken cancellationToken)
    {
        var (opening, isTlsBroken) = await TryAsync(destination, settings, level, cancellationToken);
        // RFC 7435: opportunistic TLS never makes mail worse off than without; a failed handshake leaves a session nobody can use, so a new one.
        return isTlsBroken && level == TlsLevel.May ? (await TryAsync(destination, settings, TlsLevel.None, cancellationToken)).Opening : opening;
    }

    private async ValueTask<(Opening Opening, bool IsTlsBroken)> TryAsync(Destination destination, DeliverySettings settings, TlsLevel level, CancellationToken cancellationToken)
    {
        var (socket, reason) = await ConnectAsync(destination, settings, cancellationToken);
        if (socket is null) return (new Opening.Failed(Failure.Connect(destination, reason), HasTalked: false), false);
        var connection = new ClientConnection(socket, destination, time);
        connection.Attach(cancellationToken);
        var greeting = new Greeting(connection, dialect, settings, level);
        Failure? failure;
        try
        {
            failure = await greeting.ExchangeAsync();
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

    private async ValueTask<(Socket? Socket, string Reason)> ConnectAsync(Destination destination, DeliverySettings settings, CancellationToken cancellationToken)
    {
        var isUnix = destination.EndPoint is UnixDomainSocketEndPoint;
        Socket? socket = null;
        using var deadline = new CancellationTokenSource(settings.Timeouts.Connect, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            socket = new Socket(destination.EndPoint.AddressFamily, SocketType.Stream, isUnix ? ProtocolType.Unspecified : ProtocolType.Tcp);
            if (!isUnix) Prepare(socket, settings);
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

    private static void Prepare(Socket socket, DeliverySettings settings)
    {
        socket.NoDelay = true;
        var bind = socket.AddressFamily == AddressFamily.InterNetwork ? settings.SmtpBindAddress : settings.SmtpBindAddress6;
        // postconf(5): an address of the other family is ignored, not a reason to keep the mail.
        if (bind?.AddressFamily == socket.AddressFamily) socket.Bind(new IPEndPoint(bind, 0));
    }

    /// <summary>The dialogue up to the last EHLO; kept as an object so that a break can say where it happened.</summary>
    private sealed class Greeting(ClientConnection connection, Dialect dialect, DeliverySettings settings, TlsLevel level)
    {
        private readonly string _heloName = settings.SmtpHeloName ?? settings.MyHostname;

        private bool _isDistrusted;

        public string Step { get; private set; } = "receiving the initial server greeting";
        public bool IsTlsBroken { get; private set; }

        private Destination Destination => connection.Destination;

        public async ValueTask<Failure?> ExchangeAsync()
        {
            var reply = await connection.ReadReplyAsync(settings.Timeouts.Helo);
            // A 5xx greeting is not for good either (smtp_skip_5xx_greeting): it speaks of the server, not of the recipient.
            if (reply.Code / 100 != 2) return Failure.Refused(Destination, reply, isFinal: false);
            return await HelloAsync() ?? await SecureAsync();
        }

        private async ValueTask<Failure?> HelloAsync()
        {
            var reply = await SayAsync(dialect.Hello);
            if (reply.Code / 100 == 2)
            {
                connection.Keywords = EhloKeywords.Parse(reply);
                return null;
            }
            if (!dialect.FallsBackToHelo || !reply.IsPermanent) return Failure.Refused(Destination, reply, isFinal: reply.IsPermanent);
            reply = await SayAsync("HELO");
            connection.Keywords = EhloKeywords.None;
            return reply.Code / 100 == 2 ? null : Failure.Refused(Destination, reply, isFinal: reply.IsPermanent);
        }

        private async ValueTask<RemoteReply> SayAsync(string verb)
        {
            Step = $"performing the {verb} handshake";
            connection.Output.Write(Encoding.UTF8.GetBytes($"{verb} {_heloName}\r\n"));
            await connection.FlushAsync(settings.Timeouts.Helo);
            return await connection.ReadReplyAsync(settings.Timeouts.Helo);
        }

        private async ValueTask<Failure?> SecureAsync()
        {
            if (level == TlsLevel.None) return null;
            if (!connection.Keywords.StartTls)
            {
                return NotSecured(TlsNotOffered, $"was not offered by host {Destination.Name}");
            }
            Step = "performing the STARTTLS handshake";
            connection.Output.Write("STARTTLS\r\n"u8);
            await connection.FlushAsync(settings.Timeouts.StartTls);
            var reply = await connection.ReadReplyAsync(settings.Timeouts.StartTls);
            if (reply.Code / 100 != 2)
            {
                return NotSecured(TlsNotOffered, $"host {Destination.Name} refused to start TLS: {reply}");
            }
            return await ShakeHandsAsync() ?? await HelloAsync();
        }

        private Failure? NotSecured(EnhancedStatus status, string reason) => level switch
        {
            TlsLevel.Verify => Failure.LacksRequireTls(Destination, $"TLS {reason}"),
            TlsLevel.Encrypt => Failure.At(Destination, status, $"TLS is required, but {reason}"),
            _ => null,
        };

        private async ValueTask<Failure?> ShakeHandsAsync()
        {
            try
            {
                await connection.StartTlsAsync(TlsOptions(), settings.Timeouts.StartTls);
                return null;
            }
            catch (ConnectionBrokenException)
            {
                IsTlsBroken = true;
                if (_isDistrusted) return Failure.LacksRequireTls(Destination, $"the certificate of host {Destination.Name} could not be verified");
                return Failure.At(Destination, TlsFailed, $"Cannot start TLS: handshake failure with {Destination.Name}");
            }
        }

        private X509ChainPolicy Trust()
        {
            var policy = new X509ChainPolicy { RevocationMode = X509RevocationMode.NoCheck };
            if (settings.TrustedRoots is not { } roots) return policy;
            policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            policy.CustomTrustStore.AddRange(roots);
            return policy;
        }

        private SslClientAuthenticationOptions TlsOptions() => level == TlsLevel.Verify ? new()
        {
            TargetHost = Destination.HostName,
            CertificateChainPolicy = Trust(),
            RemoteCertificateValidationCallback = (_, _, _, errors) => !(_isDistrusted = errors != SslPolicyErrors.None),
        }
        : new()
        {
            TargetHost = Destination.HostName,
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
            // Levels may and encrypt ask for secrecy from listeners, not for a name: most MX hosts have no certificate of a public authority (RFC 7435).
#pragma warning disable CA5359
            RemoteCertificateValidationCallback = static (_, _, _, _) => true,
#pragma warning restore CA5359
        };
    }
}
