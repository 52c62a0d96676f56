using System.Threading.Channels;
using PolicyMTA.Queue.Storage;
using PolicyMTA.Sdk;

namespace PolicyMTA.Queue.Scheduling;

/// <summary>Claims what is due in the store, a little of each destination at a time, and ends holds whose time is over.</summary>
internal sealed class Loader
{
    private const int HoldsAtOnce = 500;
    private static readonly TimeSpan HoldCheck = TimeSpan.FromSeconds(30), Retry = TimeSpan.FromSeconds(1), LongestRetry = TimeSpan.FromMinutes(5);

    private readonly QueueParts _parts;
    private readonly ActiveQueue _active;
    private readonly Action<ActiveMessage, IReadOnlyList<QueuedRecipient>> _route;
    private readonly DeliveryLog _log;
    private readonly Channel<bool> _wakes = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    // Destinations whose rows can't be read, and the pause before the next look at them.
    private readonly Dictionary<string, TimeSpan> _stuck = new(StringComparer.Ordinal);
    private DateTimeOffset _nextHoldCheck;

    internal Loader(QueueParts parts, ActiveQueue active, Action<ActiveMessage, IReadOnlyList<QueuedRecipient>> route, DeliveryLog log)
    {
        (_parts, _active, _route, _log) = (parts, active, route, log);
        active.Wake = () => _wakes.Writer.TryWrite(true);
    }

    internal async Task RunAsync(CancellationToken cancellationToken)
    {
        var isListed = false;
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                if (!isListed)
                {
                    foreach (var found in await _parts.Store.ListDestinationsAsync(cancellationToken)) _active.AddDue(found.Destination, found.Due);
                    isListed = true;
                }
                await EndHoldsAsync(cancellationToken);
                while (_active.TryTakeDue(out var destination, out var room)) await ClaimAsync(destination, room, cancellationToken);
                await SleepAsync(cancellationToken);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested) { return; }
            catch (Exception failure)
            {
                _log.LoadFailed(failure);
                await Task.Delay(Retry, _parts.Clock.Time, cancellationToken).ContinueWith(static _ => { }, TaskScheduler.Default);
            }
        }
    }

    private async ValueTask ClaimAsync(string destination, int room, CancellationToken cancellationToken)
    {
        try
        {
            var claimed = await _parts.Store.ClaimAsync(destination, _parts.Clock.Now, room, Admission.Claim(_parts), cancellationToken);
            foreach (var message in claimed)
            {
                var (active, recipients) = _active.Take(message);
                if (recipients.Count == 0) continue;
                _log.Activated(active.Message, recipients.Count);
                _route(active, recipients);
            }
            var now = _parts.Clock.Now;
            if (claimed.Count > 0) _stuck.Remove(destination);
            if (await _parts.Store.FindNextDueAsync(destination, cancellationToken) is not { } next) return;
            _active.AddDue(destination, claimed.Count == 0 && next <= now ? now + LengthenPause(destination) : next);
        }
        catch (Exception damage) when (StoreFailure.IsDamage(damage) && damage is not OperationCanceledException)
        {
            // The others must not wait for what may never be read.
            _log.LoadFailed(damage);
            _active.AddDue(destination, _parts.Clock.Now + LengthenPause(destination));
        }
        catch
        {
            _active.AddDue(destination, _parts.Clock.Now + Retry);
            throw;
        }
    }

    private TimeSpan LengthenPause(string destination)
    {
        var pause = _stuck.TryGetValue(destination, out var last) ? TimeSpan.FromTicks(Math.Min(last.Ticks * 2, LongestRetry.Ticks)) : Retry;
        return _stuck[destination] = pause;
    }

    private async ValueTask EndHoldsAsync(CancellationToken cancellationToken)
    {
        var now = _parts.Clock.Now;
        if (now < _nextHoldCheck) return;
        _nextHoldCheck = now + HoldCheck;
        var ended = await _parts.Store.ListEndedHoldsAsync(now, HoldsAtOnce, cancellationToken);
        if (ended.Count == 0) return;
        await _parts.Commits.CommitAsync([.. ended.Select(key => new QueueChange.Released(key.Id, [key.Recipient], now))], cancellationToken);
        foreach (var id in ended.Select(key => key.Id).Distinct())
        {
            foreach (var recipient in (await _parts.Store.FindAsync(id, cancellationToken))?.Recipients ?? []) _active.AddDue(recipient.Destination, recipient.Due);
        }
        if (ended.Count == HoldsAtOnce) _nextHoldCheck = now;
    }

    private async ValueTask SleepAsync(CancellationToken cancellationToken)
    {
        using var sleep = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var now = _parts.Clock.Now;
        var next = _active.FindNextDue() is { } due && due < now + HoldCheck ? due : now + HoldCheck;
        if (next <= now) return;
        var pause = next - now + TimeSpan.FromMilliseconds(1);
        var woken = _wakes.Reader.WaitToReadAsync(sleep.Token).AsTask();
        await Task.WhenAny(woken, Task.Delay(pause, _parts.Clock.Time, sleep.Token));
        await sleep.CancelAsync();
        _wakes.Reader.TryRead(out _);
        cancellationToken.ThrowIfCancellationRequested();
    }
}
