using System.Net;
using System.Net.Sockets;
using PolicyMTA.Delivery.Client.Logins;
using PolicyMTA.Delivery.Client.Tls;
using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Client;

/// <summary>What the tables ask of the sessions with the servers of one next hop. For one delivery.</summary>
internal sealed class SessionPlan
{
    private readonly ClientSettings _settings;
    private readonly Address _sender;
    private readonly string _nextHop;
    private readonly string _heloName;
    private readonly TlsRequirement? _tls;

    private SessionPlan(ClientSettings settings, string heloName, Address sender, string nextHop, TlsRequirement? tls) =>
        (_settings, _heloName, _sender, _nextHop, _tls) = (settings, heloName, sender, nextHop, tls);

    /// <summary>Why there is no plan: mail waits.</summary>
    public Failure? Failure { get; private set; }

    /// <summary>What the log tells about it.</summary>
    public string Cause { get; private set; } = "";

    public static async ValueTask<SessionPlan> MakeAsync(ClientSettings client, DeliverySettings settings, string nextHop, Attempt attempt, CancellationToken cancellationToken)
    {
        var (tls, failure, cause) = await TlsPolicyFinder.FindAsync(client.Tls, nextHop, cancellationToken);
        if (attempt.RequiresTls) tls = tls?.ForMessage();
        return new SessionPlan(client, client.HeloName ?? settings.MyHostname, attempt.Request.Message.Sender, nextHop, tls) { Failure = failure, Cause = cause };
    }

    /// <summary>The terms for one server; null when nobody can say, then <see cref="Failure"/> tells why.</summary>
    public async ValueTask<SessionTerms?> TermsForAsync(Destination destination, CancellationToken cancellationToken)
    {
        var (login, failure, cause) = await LoginFinder.FindAsync(_settings.Logins, _sender, _nextHop, destination, cancellationToken);
        if (failure is not null)
        {
            (Failure, Cause) = (failure, cause);
            return null;
        }
        // Nobody listens in on a unix socket.
        return new SessionTerms(destination.EndPoint is UnixDomainSocketEndPoint ? TlsRequirement.None : _tls!, _heloName, login) { Source = SourceOf(destination) };
    }

    // postconf(5): an address of the other family is ignored, not a reason to keep the mail.
    private IPAddress? SourceOf(Destination destination) => destination.EndPoint.AddressFamily switch
    {
        AddressFamily.InterNetwork when _settings.BindAddress is { AddressFamily: AddressFamily.InterNetwork } source => source,
        AddressFamily.InterNetworkV6 when _settings.BindAddress6 is { AddressFamily: AddressFamily.InterNetworkV6 } source => source,
        _ => null,
    };
}
