using System.Runtime.CompilerServices;
using PolicyMTA.Sdk;

namespace PolicyMTA.Queue;

/// <summary>What people do to the queue. Thread-safe; every change is durable when its task completes, and says how many messages it touched.</summary>
public sealed class QueueAdministration
{
    private const int Page = 500;

    private readonly QueueParts _parts;
    private readonly Scheduler _scheduler;

    internal QueueAdministration(QueueParts parts, Scheduler scheduler) => (_parts, _scheduler) = (parts, scheduler);

    /// <summary>Messages with at least one matching recipient, with those recipients, by age; read in pages, so that a long list holds up nobody.</summary>
    public async IAsyncEnumerable<QueueEntry> ListAsync(QueueFilter filter, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        QueueId? last = null;
        while (await _parts.Store.ListAsync(last, Page, cancellationToken) is { Count: > 0 } page)
        {
            foreach (var entry in page)
            {
                if (Select(entry, filter) is { } selected) yield return ToWall(selected);
            }
            last = page[^1].Id;
        }
    }

    /// <summary>One message with all its recipients; null when there is none.</summary>
    public async ValueTask<QueueEntry?> FindAsync(QueueId id, CancellationToken cancellationToken) => await _parts.Store.FindAsync(id, cancellationToken) is { } entry ? ToWall(entry) : null;

    /// <summary>The bytes of a message; null when there is none.</summary>
    /// <exception cref="CorruptMessageException">They can't be read.</exception>
    public ValueTask<IMessageContent?> ReadContentAsync(QueueId id, CancellationToken cancellationToken) => _parts.Store.ReadContentAsync(id, cancellationToken);

    /// <summary>Recipients by state.</summary>
    public ValueTask<IReadOnlyDictionary<RecipientState, long>> CountAsync(CancellationToken cancellationToken) => _parts.Store.CountAsync(cancellationToken);

    /// <summary>Holds waiting recipients: of one message, or of all that match when <paramref name="id"/> is null.</summary>
    public ValueTask<int> HoldAsync(QueueId? id, QueueFilter filter, string name, TimeSpan? expires, CancellationToken cancellationToken)
    {
        var until = _parts.Clock.Now + expires;
        return ChangeAsync(id, filter, static recipient => recipient.State is RecipientState.Due or RecipientState.Deferred or RecipientState.Active,
            (entry, numbers) => new QueueChange.Held(entry.Id, numbers, name, until),
            (entry, numbers) => _scheduler.Withdraw(entry.Id, numbers, finished: 0), cancellationToken);
    }

    /// <summary>Lets held recipients go: of one message, or of all that match when <paramref name="id"/> is null.</summary>
    public ValueTask<int> ReleaseAsync(QueueId? id, QueueFilter filter, CancellationToken cancellationToken)
    {
        var now = _parts.Clock.Now;
        return ChangeAsync(id, filter, static recipient => recipient.State == RecipientState.Held, (entry, numbers) => new QueueChange.Released(entry.Id, numbers, now), (entry, numbers) => MakeDue(entry, numbers, now), cancellationToken);
    }

    /// <summary>Forgets recipients without a report: of one message, or of all that match when <paramref name="id"/> is null.</summary>
    public ValueTask<int> DeleteAsync(QueueId? id, QueueFilter filter, CancellationToken cancellationToken) =>
        ChangeAsync(id, filter, static recipient => recipient.State is not (RecipientState.Delivered or RecipientState.Bounced), (entry, numbers) => new QueueChange.Deleted(entry.Id, numbers), (entry, numbers) =>
        {
            _scheduler.Withdraw(entry.Id, numbers, numbers.Count);
            if (entry.Recipients.All(recipient => numbers.Contains(recipient.Number) || recipient.State is RecipientState.Delivered or RecipientState.Bounced)) _scheduler.Removed(entry.Id);
        }, cancellationToken);

    /// <summary>Tries waiting recipients now: of one message, or of all that match when <paramref name="id"/> is null. Dead destinations get another chance.</summary>
    public ValueTask<int> FlushAsync(QueueId? id, QueueFilter filter, CancellationToken cancellationToken)
    {
        var now = _parts.Clock.Now;
        _scheduler.Active.Revive();
        return ChangeAsync(id, filter, static recipient => recipient.State is RecipientState.Due or RecipientState.Deferred, (entry, numbers) => new QueueChange.DueChanged(entry.Id, numbers, now), (entry, numbers) => MakeDue(entry, numbers, now), cancellationToken);
    }

    private async ValueTask<int> ChangeAsync(QueueId? id, QueueFilter filter, Func<QueuedRecipient, bool> applies, Func<QueueEntry, IReadOnlyList<int>, QueueChange> change, Action<QueueEntry, IReadOnlyList<int>> committed, CancellationToken cancellationToken)
    {
        var count = 0;
        await foreach (var page in PagesAsync(id, cancellationToken))
        {
            var chosen = new List<(QueueEntry Entry, IReadOnlyList<int> Numbers)>();
            foreach (var entry in page)
            {
                var numbers = Select(entry, filter)?.Recipients.Where(applies).Select(recipient => recipient.Number).ToList();
                if (numbers is { Count: > 0 }) chosen.Add((entry, numbers));
            }
            if (chosen.Count == 0) continue;
            await _parts.Commits.CommitAsync([.. chosen.Select(pair => change(pair.Entry, pair.Numbers))], cancellationToken);
            foreach (var (entry, numbers) in chosen) committed(entry, numbers);
            count += chosen.Count;
        }
        return count;
    }

    private async IAsyncEnumerable<IReadOnlyList<QueueEntry>> PagesAsync(QueueId? id, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (id is { } only)
        {
            if (await _parts.Store.FindAsync(only, cancellationToken) is { } entry) yield return [entry];
            yield break;
        }
        QueueId? last = null;
        while (await _parts.Store.ListAsync(last, Page, cancellationToken) is { Count: > 0 } page)
        {
            yield return page;
            last = page[^1].Id;
        }
    }

    private void MakeDue(QueueEntry entry, IReadOnlyList<int> numbers, DateTimeOffset due)
    {
        foreach (var recipient in entry.Recipients)
        {
            if (numbers.Contains(recipient.Number)) _scheduler.Active.AddDue(recipient.Destination, due);
        }
    }

    private static QueueEntry? Select(QueueEntry entry, QueueFilter filter)
    {
        if (!filter.Matches(entry)) return null;
        var recipients = entry.Recipients.Where(filter.Matches).ToList();
        return recipients.Count == 0 ? null : entry with { Recipients = recipients };
    }

    // People read the wall clock.
    private QueueEntry ToWall(QueueEntry entry) => entry with
    {
        Recipients = [.. entry.Recipients.Select(recipient => recipient with { Due = _parts.Clock.ToWall(recipient.Due), HoldExpires = recipient.HoldExpires is { } expires ? _parts.Clock.ToWall(expires) : null })],
    };
}
