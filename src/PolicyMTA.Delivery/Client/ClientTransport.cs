using Microsoft.Extensions.Logging;
using PolicyMTA.Delivery.Client.Tls;
using PolicyMTA.Delivery.Fixed;
using PolicyMTA.Delivery.Routing;
using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Client;

/// <summary>Transports <c>smtp</c> and <c>lmtp</c>: one server after the other until each recipient is settled or the limits are reached (RFC 5321 §5.1).</summary>
internal sealed partial class ClientTransport(Dialect dialect, HostFinder hosts, ConnectionPool pool, TimeProvider time, ILogger logger) : IBuiltInTransport
{
    private static readonly EnhancedStatus BadNextHop = new(4, 3, 5), TableFailed = new(4, 3, 0);
    private readonly SessionOpener _opener = new(dialect, time, logger);

    public ValueTask<IReadOnlyList<RecipientOutcome>> DeliverAsync(DeliveryRequest request, DeliverySettings settings, CancellationToken cancellationToken) =>
        MakeAsync(request, isProbe: false, settings, cancellationToken);

    public ValueTask<IReadOnlyList<RecipientOutcome>> ProbeAsync(DeliveryRequest request, DeliverySettings settings, CancellationToken cancellationToken) =>
        MakeAsync(request, isProbe: true, settings, cancellationToken);

    private async ValueTask<IReadOnlyList<RecipientOutcome>> MakeAsync(DeliveryRequest request, bool isProbe, DeliverySettings settings, CancellationToken cancellationToken)
    {
        if (SettingsOf(settings).Forwarded is not { } forwarded) return await MakeOneAsync(request, isProbe, settings, cancellationToken);
        var outcomes = new List<RecipientOutcome>();
        foreach (var part in await forwarded.SplitAsync(request, cancellationToken))
        {
            try
            {
                outcomes.AddRange(await MakeOneAsync(part, isProbe, settings, cancellationToken));
            }
            catch (Exception error) when (outcomes.Count > 0 && error is OperationCanceledException or TemporaryFailureException)
            {
                // What became of the other part must not be forgotten.
                var attempt = new Attempt(part);
                attempt.FailAll(error is TemporaryFailureException ? Failure.Here(TableFailed, error.Message) : Failure.Stopped);
                outcomes.AddRange(attempt.Outcomes());
            }
        }
        return outcomes;
    }

    private async ValueTask<IReadOnlyList<RecipientOutcome>> MakeOneAsync(DeliveryRequest request, bool isProbe, DeliverySettings settings, CancellationToken cancellationToken)
    {
        if (SettingsOf(settings).Generic is { } generic) request = await generic.ApplyAsync(request, cancellationToken);
        var attempt = new Attempt(request) { IsProbe = isProbe };
        RefuseUnspeakable(attempt);
        if (attempt.IsSettled) return attempt.Outcomes();
        try
        {
            await DeliverAsync(attempt, settings, cancellationToken);
        }
        catch (OperationCanceledException) when (attempt.HasSettled && cancellationToken.IsCancellationRequested)
        {
            // What a server took or refused stays so although we stop: forgotten, it would be sent again.
            attempt.FailUnknown(Failure.Stopped);
        }
        return attempt.Outcomes();
    }

    private async ValueTask DeliverAsync(Attempt attempt, DeliverySettings settings, CancellationToken cancellationToken)
    {
        var client = SettingsOf(settings);
        if (!await TryNextHopAsync(attempt.Request.NextHop, attempt, settings, cancellationToken)) return;
        foreach (var relay in client.FallbackRelays)
        {
            if (attempt.IsSettled) return;
            await TryNextHopAsync(relay, attempt, settings, cancellationToken);
        }
    }

    private ClientSettings SettingsOf(DeliverySettings settings) => dialect == Dialect.Lmtp ? settings.Lmtp : settings.Smtp;

    // False when no other next hop could do better.
    private async ValueTask<bool> TryNextHopAsync(string nextHop, Attempt attempt, DeliverySettings settings, CancellationToken cancellationToken)
    {
        switch (await SearchAsync(nextHop, settings, cancellationToken))
        {
            case HostSearch.NotFound nowhere when SettingsOf(settings).FallbackRelays.Count > 0 && HostFinder.IsUnknown(nowhere):
                // smtp_fallback_relay: what can't be found here may be found there; only what the last one says is for good.
                attempt.FailAll(Failure.NoHost(nowhere).ForNow());
                return true;
            case HostSearch.NotFound nowhere:
                attempt.FailAll(Failure.NoHost(nowhere));
                return nowhere.Status.Class == 4;
            case HostSearch.Found found:
                await TryAllAsync(found.Destinations, nextHop, attempt, settings, cancellationToken);
                return true;
            default:
                throw new InvalidOperationException("unknown search");
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
        if (!NextHop.TryParse(nextHop, SettingsOf(settings).Port, out var parsed))
        {
            return new(new HostSearch.NotFound(BadNextHop, $"invalid next hop: {nextHop}"));
        }
        if (isLmtp && parsed is NextHop.Domain domain) parsed = new NextHop.Host(domain.Name, domain.Port); // lmtp(8): never by MX
        return hosts.FindAsync(parsed, settings, SettingsOf(settings), cancellationToken);
    }

    private async ValueTask TryAllAsync(IReadOnlyList<Destination> destinations, string nextHop, Attempt attempt, DeliverySettings settings, CancellationToken cancellationToken)
    {
        var client = SettingsOf(settings);
        var plan = await SessionPlan.MakeAsync(client, settings, nextHop, attempt, cancellationToken);
        if (plan.Failure is { } unclear)
        {
            Log.NoPlan(logger, attempt.Request.Message.Id, plan.Cause);
            attempt.FailAll(unclear);
            return;
        }
        var sessions = 0;
        var everyoneLacksRequireTls = attempt.RequiresTls;
        foreach (var destination in client.MxAddressLimit > 0 ? destinations.Take(client.MxAddressLimit) : destinations)
        {
            attempt.TryNext();
            if (await TryOneAsync(destination, plan, attempt, client, cancellationToken)) sessions++;
            if (attempt.IsSettled) return;
            everyoneLacksRequireTls &= attempt.IsPassedOver;
            if (client.MxSessionLimit > 0 && sessions >= client.MxSessionLimit && !everyoneLacksRequireTls) return;
        }
        if (everyoneLacksRequireTls) attempt.GiveUpOnRequireTls();
    }

    // True when the server talked to us.
    private async ValueTask<bool> TryOneAsync(Destination destination, SessionPlan plan, Attempt attempt, ClientSettings settings, CancellationToken cancellationToken)
    {
        if (await plan.TermsForAsync(destination, cancellationToken) is not { } terms)
        {
            Log.NoPlan(logger, attempt.Request.Message.Id, plan.Cause);
            attempt.FailAll(plan.Failure!);
            return false;
        }
        var key = new ConnectionKey(dialect.Name, destination.EndPoint, destination.HostName, terms);
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
        switch (await _opener.OpenAsync(destination, settings, terms, cancellationToken))
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
    private async ValueTask<bool> UseAsync(ClientConnection connection, ConnectionKey key, Attempt attempt, ClientSettings settings, CancellationToken cancellationToken)
    {
        attempt.Talk(connection.Tls is { } tls ? TlsNames.Version(tls.SslProtocol) : null);
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
        [LoggerMessage(Level = LogLevel.Warning, Message = "{QueueId}: {Cause}")]
        public static partial void NoPlan(ILogger logger, QueueId queueId, string cause);

        [LoggerMessage(Level = LogLevel.Information, Message = "{QueueId}: {Text}")]
        public static partial void NoSession(ILogger logger, QueueId queueId, string text);
    }
}
