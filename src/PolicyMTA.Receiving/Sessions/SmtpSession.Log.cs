using Microsoft.Extensions.Logging;
using PolicyMTA.Sdk;
using PolicyMTA.Smtp;

namespace PolicyMTA.Receiving.Sessions;

internal sealed partial class SmtpSession
{
    /// <summary>Postfix's lines, so that what people grep for is there. No content, no secrets.</summary>
    internal static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "connect from {Client}")]
        internal static partial void Connected(ILogger logger, Client client);

        [LoggerMessage(Level = LogLevel.Information, Message = "disconnect from {Client}{Counts}")]
        internal static partial void Disconnected(ILogger logger, Client client, CommandCounts counts);

        [LoggerMessage(Level = LogLevel.Information, Message = "{Client}: discarding EHLO keywords: {Keywords}")]
        internal static partial void Discarding(ILogger logger, Client client, string keywords);

        [LoggerMessage(Level = LogLevel.Warning, Message = "proxy {Proxy} of listener {Listener} is closed: {Reason}")]
        internal static partial void NotProxied(ILogger logger, Client proxy, string listener, string reason);

        [LoggerMessage(Level = LogLevel.Information, Message = "lost connection after {Verb} from {Client}")]
        internal static partial void ConnectionLost(ILogger logger, string verb, string client);

        [LoggerMessage(Level = LogLevel.Information, Message = "timeout after {Verb} from {Client}")]
        internal static partial void TimedOut(ILogger logger, string verb, string client);

        [LoggerMessage(Level = LogLevel.Error, Message = "session of {Client} failed at {Verb}")]
        internal static partial void Failed(ILogger logger, Exception exception, string client, string verb);

        [LoggerMessage(Level = LogLevel.Information, Message = "{Trust} TLS connection established from {Client}: {Version} with cipher {Cipher} ({Used}/{Bits} bits)")]
        internal static partial void TlsEstablished(ILogger logger, string trust, Client client, string version, string cipher, int used, int bits);

        [LoggerMessage(Level = LogLevel.Warning, Message = "TLS handshake with {Client} failed: {Reason}")]
        internal static partial void TlsFailed(ILogger logger, string client, string reason);

        [LoggerMessage(Level = LogLevel.Warning, Message = "{Client}: table lookup failed: {Reason}")]
        internal static partial void LookupFailed(ILogger logger, string client, string reason);

        [LoggerMessage(Level = LogLevel.Warning, Message = "{Client}: SASL {Mechanism} authentication failed: {Reason}, sasl_username={User}")]
        internal static partial void LoginFailed(ILogger logger, string client, string mechanism, string reason, string user);

        [LoggerMessage(Level = LogLevel.Warning, Message = "{Client}: SASL {Mechanism} authentication aborted")]
        internal static partial void LoginAborted(ILogger logger, string client, string mechanism);

        [LoggerMessage(Level = LogLevel.Warning, Message = "{Client}: SASL {Mechanism} authentication refused: too many failures from this address")]
        internal static partial void LoginRefused(ILogger logger, string client, string mechanism);

        [LoggerMessage(Level = LogLevel.Warning, Message = "{Client}: SASL {Mechanism} authentication could not be checked: {Reason}")]
        internal static partial void LoginBroken(ILogger logger, string client, string mechanism, string reason);

        [LoggerMessage(Level = LogLevel.Information, Message = "PREGREET {Count} after {Seconds} from {Client}")]
        internal static partial void TalkedEarly(ILogger logger, long count, double seconds, string client);

        [LoggerMessage(Level = LogLevel.Information, Message = "not SMTP after {Verb} from {Client}")]
        internal static partial void NotSmtp(ILogger logger, string verb, string client);

        [LoggerMessage(Level = LogLevel.Information, Message = "{QueueId}: bare newline received from {Client}")]
        internal static partial void BareNewline(ILogger logger, QueueId queueId, string client);

        [LoggerMessage(Level = LogLevel.Warning, Message = "{QueueId}: alias expansion error: {Reason}")]
        internal static partial void AliasError(ILogger logger, QueueId queueId, string reason);

        [LoggerMessage(Level = LogLevel.Warning, Message = "{QueueId}: a rule made recipient {Recipient}, which nobody may relay to")]
        internal static partial void NoRelay(ILogger logger, QueueId queueId, Address recipient);

        [LoggerMessage(Level = LogLevel.Error, Message = "{QueueId}: no room to keep the message: {Reason}")]
        internal static partial void StorageFull(ILogger logger, QueueId queueId, string reason);

        [LoggerMessage(Level = LogLevel.Error, Message = "{QueueId}: the queue could not keep the message: {Reason}")]
        internal static partial void QueueFailed(ILogger logger, QueueId queueId, string reason);

        [LoggerMessage(Level = LogLevel.Information, Message = "{QueueId}: discarded as a rule asked")]
        internal static partial void Discarded(ILogger logger, QueueId queueId);

        [LoggerMessage(Level = LogLevel.Warning, Message = "{QueueId}: a rule prepends '{Name}', which is no header field; left out")]
        internal static partial void NotPrepended(ILogger logger, string queueId, string name);

        internal static void Accepted(ILogger logger, QueueId queueId, SessionState state)
        {
            if (!logger.IsEnabled(LogLevel.Information)) return;
            var session = state.Facts;
            var origin = Origin(state.Forwarded);
            if (session.Sasl is { } sasl) AcceptedLogin(logger, queueId, session.Client, sasl.Mechanism, sasl.User, origin);
            else AcceptedClient(logger, queueId, session.Client, origin);
        }

        /// <summary>What a header or body check did, in Postfix's words but for the line itself, which is content.</summary>
        internal static void Checked(ILogger logger, SessionState session, string action, string place, string text)
        {
            var (facts, transaction) = (session.Facts, session.Transaction!);
            var to = transaction.Recipients.Count > 0 ? $" to=<{transaction.Recipients[^1].Recipient.Address}>" : "";
            Checked(logger, transaction.Facts.QueueId!.Value, action, place, facts.Client, $"from=<{transaction.Facts.Sender}>{to}",
                facts.Helo switch { { IsLmtp: true } => "LMTP", { IsExtended: false } => "SMTP", _ => "ESMTP" }, facts.Helo?.Name ?? "", text.Length > 0 ? ": " + text : "");
        }

        [LoggerMessage(Level = LogLevel.Information, Message = "{QueueId}: {Action}: {Place} from {Client}; {Envelope} proto={Protocol} helo=<{Helo}>{Text}")]
        private static partial void Checked(ILogger logger, QueueId queueId, string action, string place, Client client, string envelope, string protocol, string helo, string text);

        /// <summary>Where XFORWARD says the message came from.</summary>
        private static string Origin(ClientAttributes? forwarded)
        {
            if (forwarded is null) return "";
            var ident = forwarded.Ident?.Value is { } id ? $", orig_queue_id={id}" : "";
            return forwarded is { Name: null, Address: null } ? ident
                : $"{ident}, orig_client={forwarded.Name?.Value ?? "unknown"}[{forwarded.Address?.Value?.ToString() ?? "unknown"}]";
        }

        internal static void Refused(ILogger logger, SessionState session, SmtpCommand command, SmtpReply reply)
        {
            if (!logger.IsEnabled(LogLevel.Information)) return;
            var facts = session.Facts;
            var sender = session.Transaction?.Facts.Sender ?? (command as SmtpCommand.Mail)?.Sender;
            var to = command is SmtpCommand.Rcpt rcpt ? $" to=<{rcpt.Recipient}>" : "";
            var envelope = sender is null ? "" : $" from=<{sender}>{to}";
            Rejected(logger, session.Transaction?.Facts.QueueId?.Value ?? "NOQUEUE", command.Verb.ToUpperInvariant(), facts.Client, reply.ToString(),
                envelope, facts.Helo switch { { IsLmtp: true } => "LMTP", { IsExtended: false } => "SMTP", _ => "ESMTP" }, facts.Helo?.Name ?? "");
        }

        [LoggerMessage(Level = LogLevel.Information, Message = "{QueueId}: client={Client}{Origin}")]
        private static partial void AcceptedClient(ILogger logger, QueueId queueId, Client client, string origin);

        [LoggerMessage(Level = LogLevel.Information, Message = "{QueueId}: client={Client}, sasl_method={Mechanism}, sasl_username={User}{Origin}")]
        private static partial void AcceptedLogin(ILogger logger, QueueId queueId, Client client, string mechanism, string user, string origin);

        [LoggerMessage(Level = LogLevel.Information, Message = "{QueueId}: reject: {Verb} from {Client}: {Reply};{Envelope} proto={Protocol} helo=<{Helo}>")]
        private static partial void Rejected(ILogger logger, string queueId, string verb, Client client, string reply, string envelope, string protocol, string helo);
    }
}
