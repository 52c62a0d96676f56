using PolicyMTA.Receiving.Listening;
using PolicyMTA.Sdk;
using PolicyMTA.Smtp;

namespace PolicyMTA.Receiving.Sessions;

/// <summary>Takes the client's address from the proxy in front of us, before anything else is said. Whoever sends no header is closed without a word.</summary>
internal static class ProxyGreeting
{
    /// <summary>False when there is no header, with the reason in the log.</summary>
    internal static async ValueTask<bool> TakeAsync(SmtpConnection connection, SessionState session, ReceivingServices services)
    {
        var settings = session.Listener.Proxy!;
        var proxy = session.Facts.Client;
        // A unix socket's file says who may connect.
        if (settings.Networks is { } networks && proxy.Port != 0 && !networks.Contains(proxy.Address)) return Refuse("smtpd_upstream_proxy_networks does not hold it");
        var start = services.Time.GetTimestamp();
        while (true)
        {
            var unread = connection.Unread;
            var state = ProxyHeaderParser.Read(ref unread, out var header);
            if (state == ProxyHeaderState.Malformed) return Refuse("what it sent is no PROXY header");
            if (state == ProxyHeaderState.Complete)
            {
                connection.Consume(unread.Start);
                session.Facts = Of(session.Facts, header, session.Service);
                return true;
            }
            var left = settings.Timeout - services.Time.GetElapsedTime(start);
            if (left <= TimeSpan.Zero) return Refuse("it sent no PROXY header in time");
            if (await connection.ReadMoreAsync(left) == ReadOutcome.Closed) return Refuse("it closed before its PROXY header was there");
        }

        bool Refuse(string reason)
        {
            SmtpSession.Log.NotProxied(services.Log, proxy, session.Listener.Name, reason);
            return false;
        }
    }

    private static SessionFacts Of(SessionFacts facts, ProxyHeader header, SmtpServiceSettings service)
    {
        if (header.IsLocal) return facts;
        var proxy = facts.Client.Address;
        // Somebody the proxy can't name gets none of the trust that the proxy has.
        if (header.Source is not { } source) return facts with { Client = facts.Client with { ProxiedBy = proxy, IsInMyNetworks = false } };
        var address = ConnectionFacts.Unmapped(source.Address);
        return facts with
        {
            Client = new Client { Address = address, Port = source.Port, ProxiedBy = proxy, IsInMyNetworks = service.MyNetworks.Contains(address) },
            Server = new Server(ConnectionFacts.Unmapped(header.Destination!.Address), header.Destination.Port, facts.Server.Name) { DaemonName = facts.Server.DaemonName },
        };
    }
}
