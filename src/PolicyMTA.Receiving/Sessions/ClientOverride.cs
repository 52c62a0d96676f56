using System.Net;
using PolicyMTA.Sdk;
using PolicyMTA.Smtp;

namespace PolicyMTA.Receiving.Sessions;

/// <summary>
/// XCLIENT and XFORWARD, for the hosts that may. XCLIENT makes the session another client's: what the proxy's own session was is forgotten, all but TLS
/// (Postfix <c>XCLIENT_README</c>). XFORWARD only tells the log who a message came from. Neither changes who may use them.
/// </summary>
internal sealed class ClientOverride(SessionState session)
{
    private IPAddress? _origin;

    /// <summary>The address of the host that is really there; a unix socket's clients have one only where they are trusted.</summary>
    private IPAddress? Origin => _origin ?? (session.IsLocalSocket && !session.Facts.Client.IsInMyNetworks ? null : session.Facts.Client.Address);

    internal bool MayXclient => Origin is { } origin && session.Service.XclientHosts.Contains(origin);

    internal bool MayXforward => Origin is { } origin && session.Service.XforwardHosts.Contains(origin);

    /// <summary>Null when the session is another client's now and wants a banner; else what was wrong.</summary>
    internal async ValueTask<SmtpReply?> XclientAsync(SmtpCommand.Xclient command)
    {
        if (command.Attributes.Count == 0) return SmtpReplies.AttributesSyntax("XCLIENT");
        if (!MayXclient) return SmtpReplies.NotAuthorized;
        if (!ClientAttributeParser.TryParseXclient(command.Attributes, out var said, out var refusal)) return refusal;
        await session.EndNamingAsync();
        _origin ??= session.Facts.Client.Address;
        var facts = session.Facts;
        session.Facts = facts with
        {
            Client = Of(facts.Client, said) with { ProxiedBy = _origin },
            Server = facts.Server with { Address = said.DestinationAddress?.Value ?? facts.Server.Address, Port = said.DestinationPort ?? facts.Server.Port },
            Helo = said.Helo?.Value is { } helo ? new Helo(helo, said.Protocol?.Value == "ESMTP") { IsLmtp = session.IsLmtp } : null,
            Sasl = said.Login?.Value is { } login ? new Sasl(login, "XCLIENT") : null,
            HasPipelinedWithoutLeave = false,
            Counters = new SessionCounters(),
        };
        session.Denial = null;
        session.HeloActions = [];
        return null;
    }

    internal SmtpReply Xforward(SmtpCommand.Xforward command)
    {
        if (command.Attributes.Count == 0) return SmtpReplies.AttributesSyntax("XFORWARD");
        if (!MayXforward) return SmtpReplies.NotAuthorized;
        if (!ClientAttributeParser.TryParseXforward(command.Attributes, out var said, out var refusal)) return refusal!;
        session.Forwarded = session.Forwarded is { } earlier ? Merge(earlier, said) : said;
        return SmtpReplies.Ok;
    }

    private Client Of(Client client, ClientAttributes said)
    {
        if (said.Address is { } address)
        {
            // An unknown address earns no trust, whatever mynetworks holds.
            client = client with { Address = address.Value ?? IPAddress.Any, IsInMyNetworks = address.Value is { } known && session.Service.MyNetworks.Contains(known) };
        }
        if (said.Name is { } name)
        {
            var text = name.Value ?? "unknown";
            client = client with { Name = text, ReverseName = text, NameLookupFailed = said.NameLookupFailed };
        }
        if (said.ReverseName is { } reverse) client = client with { ReverseName = reverse.Value ?? "unknown" };
        return client with { Port = said.Port ?? client.Port };
    }

    /// <summary>One command rarely has room for all: what a later one says is added.</summary>
    private static ClientAttributes Merge(ClientAttributes earlier, ClientAttributes later) => earlier with
    {
        Name = later.Name ?? earlier.Name,
        Address = later.Address ?? earlier.Address,
        Port = later.Port ?? earlier.Port,
        Helo = later.Helo ?? earlier.Helo,
        Protocol = later.Protocol ?? earlier.Protocol,
        Ident = later.Ident ?? earlier.Ident,
        Source = later.Source ?? earlier.Source,
    };
}
