using PolicyMTA.Sdk;
using PolicyMTA.Smtp;

namespace PolicyMTA.Receiving.Sessions;

/// <summary>
/// What the client reads. Only this class writes to it: here replies become soft, are counted, wait when there were too many errors, and leave together when
/// their commands came together. Each method is false when the session is over.
/// </summary>
internal sealed class ClientOutput(SmtpConnection connection, SessionState session, ReceivingServices services, ClientInput input, CancellationToken broken)
{
    private readonly ErrorCount _errors = new();

    /// <summary>What was answered, for the log.</summary>
    internal CommandCounts Counts { get; } = new();

    internal bool HasReachedErrorLimit => _errors.HasReachedLimit(session.Service);

    internal void CountJunk() => _errors.CountJunk(session.Service);

    internal ValueTask<bool> SendAsync(SmtpReply reply) => SendAsync(null, reply);

    private async ValueTask<bool> SendAsync(SmtpCommand? command, SmtpReply reply)
    {
        var worded = reply.IsError ? await RefusalWording.FinishAsync(reply, session, services, broken) : reply;
        var said = session.Service.SoftBounce ? worded.AsSoftBounce() : worded;
        said.WriteTo(connection.Output);
        session.Transcript?.Said(said, input.LastVerb);
        session.Trace?.Said(command, input.LastVerb, said);
        var waits = said.Disconnects || reply.Code is 220 or 334 or 354 || connection.HasMuchUnflushed || !connection.HasPendingLine;
        if (waits && !await FlushAsync()) return false;
        return !said.Disconnects;
    }

    /// <summary>Says a command's last reply: counts it, lets a client with too many errors wait, forgives all after a message.</summary>
    internal async ValueTask<bool> SendCountedAsync(SmtpCommand command, SmtpReply reply)
    {
        if (reply.Code is not (334 or 354)) Counts.Count(command.Verb, reply.Code < 400);
        Count(session.Facts.Counters, command, reply);
        if (reply.Code >= 400 && command is not SmtpCommand.Auth) SmtpSession.Log.Refused(services.Log, session, command, reply);
        if (reply.Code == 250 && command is SmtpCommand.Data or SmtpCommand.Bdat { IsLast: true }) _errors.Forgive();
        if (IsOvershoot(reply)) return await SendAsync(command, reply);
        if (_errors.Count(reply, session.Service) is { Ticks: > 0 } wait) await Task.Delay(wait, services.Time, broken);
        return await SendAsync(command, reply);
    }

    /// <summary>Says what became of a message: once in SMTP, to each recipient in LMTP.</summary>
    internal async ValueTask<bool> SendVerdictsAsync(SmtpCommand command, IReadOnlyList<SmtpReply> verdicts)
    {
        if (!await SendCountedAsync(command, verdicts[0])) return false;
        foreach (var next in verdicts.Skip(1))
        {
            if (!await SendAsync(command, next)) return false;
        }
        return true;
    }

    internal ValueTask<bool> FlushAsync() => connection.FlushAsync(session.Service.Timeout);

    private static void Count(SessionCounters counters, SmtpCommand command, SmtpReply reply)
    {
        if (reply.Code >= 400) counters.CountError();
        if (command is SmtpCommand.Rcpt) counters.CountRecipient(reply.Code < 400);
        else if (reply.Code == 250 && command is SmtpCommand.Data or SmtpCommand.Bdat { IsLast: true }) counters.CountMessage();
    }

    /// <summary>Sending to more recipients than one message may have is no error as long as it is not too much (Postfix <c>rcpt_cmd</c>).</summary>
    private bool IsOvershoot(SmtpReply reply) => ReferenceEquals(reply, SmtpReplies.TooManyRecipients) && session.Transaction?.Overshoot <= session.Service.RecipientOvershootLimit;
}
