using System.Text;
using Microsoft.Extensions.Logging;
using PolicyMTA.Delivery.Client.Logins;
using PolicyMTA.Delivery.Client.Tls;
using PolicyMTA.Sdk;
using PolicyMTA.Smtp;

namespace PolicyMTA.Delivery.Client;

/// <summary>The dialogue up to the first MAIL: greeting, EHLO, TLS, login. Kept as an object so that a break can say where it happened.</summary>
internal sealed partial class Greeting(ClientConnection connection, Dialect dialect, ClientSettings settings, SessionTerms terms, ILogger logger)
{
    private static readonly EnhancedStatus TlsNotOffered = new(4, 7, 4);
    private static readonly EnhancedStatus TlsFailed = new(4, 7, 5);

    public string Step { get; private set; } = "receiving the initial server greeting";
    public bool IsTlsBroken { get; private set; }

    private Destination Destination => connection.Destination;
    private ClientTimeouts Timeouts => settings.Timeouts;

    public async ValueTask<Failure?> ExchangeAsync(CancellationToken cancellationToken)
    {
        if (terms.Tls.IsImplicit && await ShakeHandsAsync() is { } broken) return broken;
        var greeting = await connection.ReadReplyAsync(Timeouts.Helo);
        if (greeting.Code / 100 != 2) return Failure.Refused(Destination, greeting, isFinal: greeting.IsPermanent && !settings.SkipsPermanentGreeting);
        var failure = await HelloAsync(greeting, cancellationToken);
        if (failure is null && !connection.IsEncrypted) failure = await SecureAsync(greeting, cancellationToken);
        if (failure is not null || terms.Login is not { } login) return failure;
        Step = "performing the SASL handshake";
        return await new LoginDialogue(connection, settings, login).RunAsync();
    }

    private async ValueTask<Failure?> HelloAsync(RemoteReply greeting, CancellationToken cancellationToken)
    {
        if (!dialect.FallsBackToHelo || SaysEhlo(greeting))
        {
            var reply = await SayAsync(dialect.Hello);
            if (reply.Code / 100 == 2)
            {
                connection.Keywords = EhloKeywords.Parse(await KeywordFilter.ApplyAsync(reply, settings, Destination, cancellationToken));
                return null;
            }
            if (!dialect.FallsBackToHelo || reply.Code == 421) return Failure.Refused(Destination, reply, isFinal: reply.IsPermanent);
        }
        var old = await SayAsync("HELO");
        connection.Keywords = EhloKeywords.None;
        return old.Code / 100 == 2 ? null : Failure.Refused(Destination, old, isFinal: old.IsPermanent);
    }

    private bool SaysEhlo(RemoteReply greeting) => !settings.NeverSaysEhlo
        && (settings.AlwaysSaysEhlo || greeting.Lines.Any(line => line.Split(' ').Contains("ESMTP", StringComparer.OrdinalIgnoreCase)));

    private async ValueTask<RemoteReply> SayAsync(string verb)
    {
        Step = $"performing the {verb} handshake";
        connection.Output.Write(Encoding.UTF8.GetBytes($"{verb} {terms.HeloName}\r\n"));
        await connection.FlushAsync(Timeouts.Helo);
        return await connection.ReadReplyAsync(Timeouts.Helo);
    }

    private async ValueTask<Failure?> SecureAsync(RemoteReply greeting, CancellationToken cancellationToken)
    {
        if (terms.Tls.Level == TlsLevel.None) return null;
        if (!connection.Keywords.StartTls) return NotSecured($"was not offered by host {Destination.Name}");
        Step = "performing the STARTTLS handshake";
        connection.Output.Write("STARTTLS\r\n"u8);
        await connection.FlushAsync(Timeouts.StartTls);
        var reply = await connection.ReadReplyAsync(Timeouts.StartTls);
        if (reply.Code / 100 != 2) return NotSecured($"host {Destination.Name} refused to start TLS: {reply}");
        return await ShakeHandsAsync() ?? await HelloAsync(greeting, cancellationToken);
    }

    private Failure? NotSecured(string reason) => terms.Tls switch
    {
        { IsByMessage: true } => Failure.LacksRequireTls(Destination, $"TLS {reason}"),
        { Level: >= TlsLevel.Encrypt } => Failure.At(Destination, TlsNotOffered, $"TLS is required, but {reason}"),
        _ => null,
    };

    private async ValueTask<Failure?> ShakeHandsAsync()
    {
        var check = new CertificateCheck(terms.Tls, Destination, settings.Tls.TrustedRoots);
        try
        {
            await connection.StartTlsAsync(check.Options(), Timeouts.StartTls);
        }
        catch (ConnectionBrokenException)
        {
            IsTlsBroken = true;
            return Failure.At(Destination, TlsFailed, $"Cannot start TLS: handshake failure with {Destination.Name}");
        }
        if (settings.Tls.LogsHandshakes && connection.Tls is { } tls) Log.Established(logger, check.Grade, Destination.Relay, TlsNames.Version(tls.SslProtocol), tls.NegotiatedCipherSuite);
        if (check.FindFault() is not { } fault) return null;
        return terms.Tls.IsByMessage
            ? Failure.LacksRequireTls(Destination, $"the certificate of host {Destination.Name} could not be verified")
            : Failure.At(Destination, TlsFailed, fault);
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "{Grade} TLS connection established to {Relay}: {Version} with cipher {Cipher}")]
        public static partial void Established(ILogger logger, string grade, string relay, string version, System.Net.Security.TlsCipherSuite cipher);
    }
}
