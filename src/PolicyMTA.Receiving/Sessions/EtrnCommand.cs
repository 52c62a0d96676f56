using PolicyMTA.Sdk;
using PolicyMTA.Smtp;

namespace PolicyMTA.Receiving.Sessions;

/// <summary>ETRN (RFC 1985), for everybody whom the etrn list (<c>smtpd_etrn_restrictions</c>) does not refuse; the work is bounded whoever asks.</summary>
internal static class EtrnCommand
{
    internal static async ValueTask<SmtpReply> AnswerAsync(string domain, SessionState session, ReceivingServices services, CancellationToken broken)
    {
        await session.EndNamingAsync();
        var refusal = await session.Policy.EtrnAsync(new EtrnContext(session.Facts, domain), broken);
        // Between transactions nothing of a rule is kept.
        session.Policy.EndTransaction();
        if (refusal is not null) return Replies.Of(refusal);
        try
        {
            if (!await PluginCall.WithinAsync(session.Generation.FastFlushDomains.ContainsAsync(domain, broken), services.Time, broken)) return SmtpReplies.EtrnUnavailable(domain);
        }
        catch (TemporaryFailureException failure)
        {
            SmtpSession.Log.LookupFailed(services.Log, session.Facts.Client.ToString(), failure.Message);
            return SmtpReplies.EtrnImpossible;
        }
        return services.Flushes.TryAsk(domain) ? SmtpReplies.EtrnStarted : SmtpReplies.EtrnImpossible;
    }
}
