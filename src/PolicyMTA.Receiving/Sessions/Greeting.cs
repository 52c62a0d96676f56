using System.Globalization;
using Microsoft.Extensions.Logging;
using PolicyMTA.Sdk;
using PolicyMTA.Smtp;

namespace PolicyMTA.Receiving.Sessions;

/// <summary>HELO and EHLO: what the client is told it may use, in Postfix's order.</summary>
internal static class Greeting
{
    internal static async ValueTask<SmtpReply> GreetAsync(SessionState session, string name, bool isExtended, ILogger log, CancellationToken cancellationToken)
    {
        await session.EndTransactionAsync(); // RFC 5321 §4.1.4: like RSET
        var facts = session.Facts with { Helo = new Helo(name, isExtended) { IsLmtp = session.IsLmtp } };
        var decision = await session.Policy.HeloAsync(new HeloContext(facts), cancellationToken);
        if (decision.Refusal is { } refusal) return Replies.Of(refusal);
        session.Facts = facts;
        session.HeloActions = decision.Actions;
        return isExtended ? Extended(session, log) : SmtpReplies.Helo(session.Service.HostName);
    }

    private static SmtpReply Extended(SessionState session, ILogger log)
    {
        var service = session.Service;
        var lines = new List<string>(12) { service.HostName };
        List<string>? discarded = null;
        void Offer(string keyword, string? value = null)
        {
            if (session.Discards(keyword)) (discarded ??= []).Add(keyword);
            else lines.Add(value is null ? keyword : $"{keyword} {value}");
        }

        Offer("PIPELINING");
        Offer("SIZE", service.MessageSizeLimit > 0 ? service.MessageSizeLimit.ToString(CultureInfo.InvariantCulture) : null);
        if (!session.IsLmtp) Offer("ETRN");
        if (session.OffersTls) Offer("STARTTLS");
        if (string.Join(' ', session.OfferedMechanisms().Select(m => m.Name)) is { Length: > 0 } mechanisms)
        {
            Offer("AUTH", mechanisms);
            if (service.Login.ServesBrokenClients) Offer("AUTH=" + mechanisms);
        }
        if (session.Override.MayXclient) Offer("XCLIENT", ClientAttributeParser.XclientNames);
        if (session.Override.MayXforward) Offer("XFORWARD", ClientAttributeParser.XforwardNames);
        Offer("ENHANCEDSTATUSCODES");
        Offer("8BITMIME");
        Offer("DSN");
        if (service.Syntax.AllowSmtpUtf8) Offer("SMTPUTF8");
        Offer("CHUNKING");
        if (session.OffersRequireTls) Offer("REQUIRETLS");
        if (discarded is not null && !session.Discards(DiscardedKeywords.Silent)) SmtpSession.Log.Discarding(log, session.Facts.Client, string.Join(' ', discarded));
        return new SmtpReply(250, null, lines);
    }
}
