using System.Buffers;
using PolicyMTA.Smtp;

namespace PolicyMTA.Receiving.Sessions;

/// <summary>
/// The wait before the greeting, as postscreen has it: a teaser line of the banner, and then silence. Programs that send spam talk before the banner is whole;
/// mail servers do not. Waiting costs no thread, and a client that passed need not wait again for a day.
/// </summary>
internal static class GreetWait
{
    /// <summary>What to say at once to a client that talked early; null when the session goes on.</summary>
    internal static async ValueTask<SmtpReply?> WaitAsync(SmtpConnection connection, SessionState session, ReceivingServices services)
    {
        var settings = session.Service.Greet;
        var client = session.Facts.Client;
        if (settings.Wait <= TimeSpan.Zero || session.IsKnown || client.IsInMyNetworks || session.Facts.Tls is not null || services.PassedClients.Contains(client.Address, services.Time.GetTimestamp())) return null;
        if (settings.Banner.Length > 0)
        {
            connection.Output.Write(SmtpReplies.Teaser(settings.Banner));
            if (!await connection.FlushAsync(session.Service.Timeout)) return SmtpReplies.ProtocolError;
        }
        var begun = services.Time.GetTimestamp();
        var isEarly = await TalksAsync(connection, settings.Wait, services.Time);
        if (isEarly is null) return SmtpReplies.ProtocolError; // it went away: nobody will read this
        if (isEarly is false)
        {
            var now = services.Time.GetTimestamp();
            services.PassedClients.Add(client.Address, now, now + (long)(settings.TimeToLive.TotalSeconds * services.Time.TimestampFrequency));
            return null;
        }
        SmtpSession.Log.TalkedEarly(services.Log, connection.Unread.Length, services.Time.GetElapsedTime(begun).TotalSeconds, client.ToString());
        session.Facts = session.Facts with { HasPipelinedWithoutLeave = true };
        if (settings.Action == GreetAction.Drop) return SmtpReplies.ProtocolError with { Disconnects = true };
        connection.DropPendingInput(); // it was no answer to anything
        if (settings.Action == GreetAction.Enforce) session.RecipientRefusal = SmtpReplies.GreetRefusal;
        return null;
    }

    /// <summary>Whether the client says something within the time; null when it goes away.</summary>
    private static async ValueTask<bool?> TalksAsync(SmtpConnection connection, TimeSpan wait, TimeProvider time)
    {
        if (connection.HasPendingInput) return true;
        var begun = time.GetTimestamp();
        while (wait - time.GetElapsedTime(begun) is { Ticks: > 0 } left)
        {
            switch (await connection.ReadMoreAsync(left))
            {
                case ReadOutcome.Ready: return true;
                case ReadOutcome.Closed: return null;
                case ReadOutcome.TimedOut: return false;
            }
        }
        return false;
    }
}
