using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using PolicyMTA.Delivery.Fixed;
using PolicyMTA.Delivery.Routing;
using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Client;

/// <summary>Transports <c>smtp</c> and <c>lmtp</c>: one server after the other until each recipient is settled or the limits are reached (RFC 5321 §5.1).</summary>
internal sealed partial class ClientTransport(Dialect dialect, HostFinder hosts, ConnectionPool pool, TimeProvider time, ILogger logger) : IBuiltInTransport
{
    private static readonly EnhancedStatus BadNextHop = new(4, 3, 5);
    private readonly SessionOpener _opener = new(dialect, time);

    public ValueTask<IReadOnlyList<RecipientOutcome>> DeliverAsync(DeliveryRequest request, DeliverySettings settings, CancellationToken cancellationToken) =>
        MakeAsync(new Attempt(request), settings, cancellationToken);

    public ValueTask<IReadOnlyList<RecipientOutcome>> ProbeAsync(DeliveryRequest request, DeliverySettings settings, CancellationToken cancellationToken) =>
        MakeAsync(new Attempt(request) { IsProbe = true }, settings, cancellationToken);

    private async ValueTask<IReadOnlyList<RecipientOutcome>> MakeAsync(Attempt attempt, DeliverySettings settings, CancellationToken cancellationToken)
    {
        RefuseUnspeakable(attempt);
        if (attempt.IsSettled) return attempt.Outcomes();
        try
        {
            await SearchAndTryAsync(attempt, settings, cancellationToken);
        }
        catch (OperationCanceledException) when (attempt.HasSettled && cancellationToken.IsCancellationRequested)
        {
            // What a server took or refused stays so although we stop: forgotten, it would be sent again.
            attempt.FailUnknown(Failure.Stopped);
        }
        return attempt.Outcomes();
    }

    private async ValueTask SearchAndTryAsync(Attempt attempt, DeliverySettings settings, CancellationToken cancellationToken)
    {
        switch (await SearchAsync(attempt.Request.NextHop, settings, cancellationToken))
        {
            case HostSearch.NotFound nowhere:
                attempt.FailAll(Failure.NoHost(nowhere));
                break;
            case HostSearch.Found found:
                await TryAllAsync(found.Destinations, attempt, settings, cancellationToken);
                break;
        }
    }

    // An address that could write commands of its own (only a quoted local part can have come that far) is never put on a wire.
    private static void RefuseUnspeakable(Attempt attempt)
    {
        var request = attempt.Request;
        if (request.Message.Sender.ToString().Any(char.IsControl)) attempt.FailAll(Failure.BadAddress);
        for (var i = 0; i < request.Recipients.Count; i++)
        {
            if (request.Recipients[i].Address.ToString().Any(char.IsControl)) attempt.Fail(i, Failure.BadAddress);
        }
    }

    private ValueTask<HostSearch> SearchAsync(string nextHop, DeliverySettings settings, CancellationToken cancellationToken)
    {
        var isLmtp = dialect == Dialect.Lmtp;
        if (!NextHop.TryParse(nextHop, isLmtp ? settings.LmtpPort : settings.SmtpPort, out var parsed))
        {
            return new(new HostSearch.NotFound(BadNextHop, $"invalid next hop: {nextHop}"));
        }
        if (isLmtp && parsed is NextHop.Domain domain) parsed = new NextHop.Host(domain.Name, domain.Port); // lmtp(8): never by MX
        return hosts.FindAsync(parsed, settings, cancellationToken);
    }

    private async ValueTask TryAllAsync(IReadOnlyList<Destination> destinations, Attempt attempt, DeliverySettings settings, CancellationToken cancellationToken)
    {
        var sessions = 0;
        var everyoneLacksRequireTls = attempt.RequiresTls;
        foreach (var destination in destinations.Take(settings.MxAddressLimit))
        {
            attempt.TryNext();
            if (await TryOneAsync(destination, attempt, settings, cancellationToken)) sessions++;
            if (attempt.IsSettled) return;
            everyoneLacksRequireTls &= attempt.IsPassedOver;
            if (sessions >= settings.MxSessionLimit && !everyoneLacksRequireTls) return;
        }
        if (everyoneLacksRequireTls) attempt.GiveUpOnRequireTls();
    }

    // RFC 8689 §4.2.1. Nobody listens in on a unix socket.
    private static TlsLevel LevelFor(Destination destination, Attempt attempt, DeliverySettings settings)
    {
        if (destination.EndPoint is UnixDomainSocketEndPoint) return TlsLevel.None;
        return attempt.RequiresTls ? TlsLevel.Verify : settings.SmtpTlsSecurityLevel;
    }

    // True when the server talked to us.
    private async ValueTask<bool> TryOneAsync(Destination destination, Attempt attempt, DeliverySettings settings, CancellationToken cancellationToken)
    {
        var level = LevelFor(destination, attempt, settings);
        var key = new ConnectionKey(dialect.Name, destination.EndPoint, level, settings.SmtpHeloName ?? settings.MyHostname);
        while (pool.TryTake(key, out var kept))
        {
            kept.IsReused = true;
            kept.Attach(cancellationToken);
            if (!kept.IsQuiet())
            {
                await EndAsync(kept);
                continue;
            }
            if (await UseAsync(kept, key, attempt, settings, cancellationToken)) return true;
            break; // the others have waited longer: a fresh one tells what is the matter
        }
        switch (await _opener.OpenAsync(destination, settings, level, cancellationToken))
        {
            case Opening.Opened opened:
                await UseAsync(opened.Connection, key, attempt, settings, cancellationToken);
                return true;
            case Opening.Failed failed:
                Log.NoSession(logger, attempt.Request.Message.Id, failed.Why.Text);
                attempt.FailAll(failed.Why);
                return failed.HasTalked;
            default:
                throw new InvalidOperationException("unknown opening");
        }
    }

    // False when a kept connection turned out dead, or too old for its server, before it told anything about this message.
    private async ValueTask<bool> UseAsync(ClientConnection connection, ConnectionKey key, Attempt attempt, DeliverySettings settings, CancellationToken cancellationToken)
    {
        var transaction = new Transaction(connection, attempt, dialect, settings);
        var isBroken = true;
        try
        {
            await transaction.RunAsync(cancellationToken);
            isBroken = false;
            return true;
        }
        catch (ConnectionBrokenException) when (connection.IsReused && transaction.IsUntouched)
        {
            return false;
        }
        catch (ConnectionBrokenException broken)
        {
            Record(attempt, Failure.Broken(connection.Destination, broken.Because, transaction.Step), transaction.IsBodySent);
            return true;
        }
        catch (OperationCanceledException) when (transaction.IsBodySent)
        {
            Record(attempt, Failure.Stopped, isBodySent: true);
            return true;
        }
        finally
        {
            connection.IsSpent |= isBroken;
            connection.Detach();
            if (connection.IsSpent || !pool.TryKeep(key, connection, settings)) await Goodbye.SayAsync(connection);
        }
    }

    // Behind the final dot the server may have the message: another one must not get it in the same breath, only a later attempt.
    private static void Record(Attempt attempt, Failure failure, bool isBodySent)
    {
        if (!isBodySent)
        {
            attempt.FailAll(failure);
            return;
        }
        foreach (var index in attempt.Open()) attempt.Settle(index, attempt.Find(index) ?? failure.ToOutcome(attempt.Request.Recipients[index].Number));
    }

    private static ValueTask EndAsync(ClientConnection connection)
    {
        connection.IsSpent = true;
        return connection.DisposeAsync();
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "{QueueId}: {Text}")]
        public static partial void NoSession(ILogger logger, QueueId queueId, string text);
    }
}
