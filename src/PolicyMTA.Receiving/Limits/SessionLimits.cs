using Microsoft.Extensions.Logging;
using PolicyMTA.Sdk;
using PolicyMTA.Smtp;

namespace PolicyMTA.Receiving.Limits;

/// <summary>One session's view of what its client does: counts its events and says when there are too many. The session's alone.</summary>
internal sealed partial class SessionLimits(ClientActivity activity, int connections, ClientLimits limits, Client client, string listener, TimeProvider time, ILogger log)
{
    private readonly bool _isExempt = limits.Exceptions.Contains(client.Address);

    /// <summary>The connection itself; what to say before closing it when it is one too many.</summary>
    internal SmtpReply? Connect(string hostName)
    {
        var rate = limits.ConnectionRate > 0 ? Count(ClientEvent.Connection) : 0;
        if (Exceeds(connections, limits.Connections)) Log.TooManyConnections(log, connections, client, listener);
        else if (Exceeds(rate, limits.ConnectionRate)) Log.TooOften(log, "Connection rate", rate, client, listener);
        else return null;
        return SmtpReplies.TooManyConnections(hostName, client.Address.ToString());
    }

    /// <summary>MAIL.</summary>
    internal SmtpReply? Mail() => Refusal(ClientEvent.Message, limits.MessageRate, "Message delivery request rate", SmtpReplies.TooMuchMail);

    /// <summary>RCPT.</summary>
    internal SmtpReply? Rcpt() => Refusal(ClientEvent.Recipient, limits.RecipientRate, "Recipient address rate", SmtpReplies.TooManyRecipientsOf);

    /// <summary>AUTH.</summary>
    internal SmtpReply? Auth() => Refusal(ClientEvent.Auth, limits.AuthRate, "AUTH command rate", SmtpReplies.TooManyAuthCommands);

    /// <summary>STARTTLS, before any work is done for it.</summary>
    internal SmtpReply? StartTls()
    {
        if (limits.TlsRate <= 0 || !Exceeds(activity.Find(ClientEvent.NewTlsSession, time.GetTimestamp()) + 1, limits.TlsRate)) return null;
        Log.RefusedTls(log, client, listener);
        return SmtpReplies.TooManyTlsSessions(client.Address.ToString());
    }

    /// <summary>A handshake begins; false when it is one too many, which only the first byte of implicit TLS comes upon.</summary>
    internal bool TryShake()
    {
        if (limits.TlsRate <= 0) return true;
        var rate = Count(ClientEvent.NewTlsSession);
        if (!Exceeds(rate, limits.TlsRate)) return true;
        Log.TooOften(log, "New TLS session rate", rate, client, listener);
        return false;
    }

    /// <summary>The session is over.</summary>
    internal void Leave() => activity.Leave();

    private SmtpReply? Refusal(ClientEvent kind, int limit, string what, Func<string, SmtpReply> reply)
    {
        if (limit <= 0) return null;
        var rate = Count(kind);
        if (!Exceeds(rate, limit)) return null;
        Log.TooOften(log, what, rate, client, listener);
        return reply(client.Address.ToString());
    }

    private int Count(ClientEvent kind) => activity.Count(kind, time.GetTimestamp(), (long)(limits.RateTimeUnit.TotalSeconds * time.TimestampFrequency));

    private bool Exceeds(int count, int limit) => limit > 0 && count > limit && !_isExempt;

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "Connection concurrency limit exceeded: {Count} from {Client} for service {Listener}")]
        internal static partial void TooManyConnections(ILogger logger, int count, Client client, string listener);

        [LoggerMessage(Level = LogLevel.Warning, Message = "{What} limit exceeded: {Rate} from {Client} for service {Listener}")]
        internal static partial void TooOften(ILogger logger, string what, int rate, Client client, string listener);

        [LoggerMessage(Level = LogLevel.Warning, Message = "Refusing STARTTLS request from {Client} for service {Listener}")]
        internal static partial void RefusedTls(ILogger logger, Client client, string listener);
    }
}
