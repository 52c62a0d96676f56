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
        // A page is read while the one before is looked at.
        for (var next = ReadPageAsync(null, cancellationToken); await next is { Count: > 0 } page;)
        {
            next = ReadPageAsync(page[^1].Id, cancellationToken);
            foreach (var entry in page)
            {
                if (Select(entry, filter, _parts.Clock.Now) is { } selected) yield return ToWall(selected);
            }
        }
    }

    /// <summary>The messages and recipients that a verb would change: <c>hold</c>, <c>release</c>, <c>delete</c>, <c>flush</c>, <c>bounce</c>, <c>requeue</c>. Changes nothing.</summary>
    public async IAsyncEnumerable<QueueEntry> RehearseAsync(string verb, QueueId? id, QueueFilter filter, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var (entry, numbers) in ChooseAsync(id, filter, Applicability.Of(verb), cancellationToken))
        {
            yield return ToWall(entry with { Recipients = [.. entry.Recipients.Where(recipient => numbers.Contains(recipient.Number))] });
        }
    }

    /// <summary>One message with all its recipients; null when there is none.</summary>
    public async ValueTask<QueueEntry?> FindAsync(QueueId id, CancellationToken cancellationToken) => await _parts.Store.FindAsync(id, cancellationToken) is { } entry ? ToWall(entry) : null;

    /// <summary>The bytes of a message; null when there is none.</summary>
    /// <exception cref="CorruptMessageException">They can't be read.</exception>
    public ValueTask<IMessageContent?> ReadContentAsync(QueueId id, CancellationToken cancellationToken) => _parts.Store.ReadContentAsync(id, cancellationToken);

    /// <summary>Asks the tables <c>messages</c> and <c>recipients</c>; nothing can be changed (docs/queue.md).</summary>
    /// <exception cref="FormatException">It is no single SELECT, or names what is not there.</exception>
    public Task QueryAsync(string sql, QueryLimits limits, Action<IReadOnlyList<string>> columns, Func<IReadOnlyList<object?>, ValueTask> row, CancellationToken cancellationToken) =>
        Storage.ReadOnlyQuery.RunAsync(Path.Combine(_parts.Settings().Folder, Storage.SqliteQueueStore.FileName), sql, limits, _parts.Clock, columns, row, cancellationToken);

    /// <summary>Recipients by state.</summary>
    public ValueTask<IReadOnlyDictionary<RecipientState, long>> CountAsync(CancellationToken cancellationToken) => _parts.Store.CountAsync(cancellationToken);

    /// <summary>Holds waiting recipients: of one message, or of all that match when <paramref name="id"/> is null.</summary>
    public ValueTask<int> HoldAsync(QueueId? id, QueueFilter filter, string name, TimeSpan? expires, CancellationToken cancellationToken)
    {
        var until = _parts.Clock.Now + expires;
        return ChangeAsync(id, filter, Applicability.Of("hold"),
            (entry, numbers) => new QueueChange.Held(entry.Id, numbers, name, until),
            (entry, numbers) => _scheduler.Withdraw(entry.Id, numbers, finished: 0), cancellationToken);
    }

    /// <summary>Lets held recipients go: of one message, or of all that match when <paramref name="id"/> is null.</summary>
    public ValueTask<int> ReleaseAsync(QueueId? id, QueueFilter filter, CancellationToken cancellationToken)
    {
        var now = _parts.Clock.Now;
        return ChangeAsync(id, filter, Applicability.Of("release"), (entry, numbers) => new QueueChange.Released(entry.Id, numbers, now), (entry, numbers) => MakeDue(entry, numbers, now), cancellationToken);
    }

    /// <summary>Forgets recipients without a report: of one message, or of all that match when <paramref name="id"/> is null.</summary>
    public ValueTask<int> DeleteAsync(QueueId? id, QueueFilter filter, CancellationToken cancellationToken) =>
        ChangeAsync(id, filter, Applicability.Of("delete"), (entry, numbers) => new QueueChange.Deleted(entry.Id, numbers), (entry, numbers) =>
        {
            _scheduler.Withdraw(entry.Id, numbers, numbers.Count);
            if (entry.Recipients.All(recipient => numbers.Contains(recipient.Number) || recipient.State is RecipientState.Delivered or RecipientState.Bounced)) _scheduler.Removed(entry.Id);
        }, cancellationToken);

    /// <summary>Tries waiting recipients now: of one message, or of all that match when <paramref name="id"/> is null. Dead destinations get another chance.</summary>
    public ValueTask<int> FlushAsync(QueueId? id, QueueFilter filter, CancellationToken cancellationToken)
    {
        var now = _parts.Clock.Now;
        _scheduler.Active.Revive();
        return ChangeAsync(id, filter, Applicability.Of("flush"), (entry, numbers) => new QueueChange.DueChanged(entry.Id, numbers, now), (entry, numbers) => MakeDue(entry, numbers, now), cancellationToken);
    }

    /// <summary>Lets a message go that was committed to be due later: dead destinations stay dead.</summary>
    public ValueTask<int> BeginAsync(QueueId id, CancellationToken cancellationToken)
    {
        var now = _parts.Clock.Now;
        return ChangeAsync(id, QueueFilter.All, static recipient => recipient.State == RecipientState.Due, (entry, numbers) => new QueueChange.DueChanged(entry.Id, numbers, now), (entry, numbers) => MakeDue(entry, numbers, now), cancellationToken);
    }

    /// <summary>Returns recipients to their senders now, with a report where one is due: of one message, or of all that match when <paramref name="id"/> is null.</summary>
    public async ValueTask<int> BounceAsync(QueueId? id, QueueFilter filter, EnhancedStatus status, string text, CancellationToken cancellationToken)
    {
        var count = 0;
        await foreach (var (entry, numbers) in ChooseAsync(id, filter, Applicability.Of("bounce"), cancellationToken))
        {
            if (await _scheduler.BounceAsync(entry, numbers, status, text, cancellationToken)) count++;
        }
        return count;
    }

    /// <summary>
    /// Puts messages through cleanup and routing anew, under new queue ids: of one message, or of all that match when <paramref name="id"/> is null. Their age goes on.
    /// </summary>
    /// <param name="id">The message; null: all that match.</param>
    /// <param name="filter">Which recipients.</param>
    /// <param name="expand">What an address stands for now.</param>
    /// <param name="cancellationToken">Ends it between two messages.</param>
    /// <exception cref="TemporaryFailureException">An address can't be expanded; that message stays as it is.</exception>
    public async ValueTask<int> RequeueAsync(QueueId? id, QueueFilter filter, Func<Address, CancellationToken, ValueTask<IReadOnlyList<Address>>> expand, CancellationToken cancellationToken)
    {
        var count = 0;
        var last = _parts.Ids.Next();
        await foreach (var (entry, numbers) in ChooseAsync(id, filter, Applicability.Of("requeue"), cancellationToken))
        {
            // What was requeued a moment ago stands at the end of the list.
            if (entry.Id.CompareTo(last) > 0) break;
            if (await new Requeue(_parts, _scheduler).RunAsync(entry, numbers, expand, cancellationToken)) count++;
        }
        return count;
    }

    private async IAsyncEnumerable<(QueueEntry Entry, IReadOnlyList<int> Numbers)> ChooseAsync(QueueId? id, QueueFilter filter, Func<QueuedRecipient, bool> applies, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var page in PagesAsync(id, cancellationToken))
        {
            foreach (var entry in page)
            {
                var numbers = Select(entry, filter, _parts.Clock.Now)?.Recipients.Where(applies).Select(recipient => recipient.Number).ToList();
                if (numbers is { Count: > 0 }) yield return (entry, numbers);
            }
        }
    }

    private async ValueTask<int> ChangeAsync(QueueId? id, QueueFilter filter, Func<QueuedRecipient, bool> applies, Func<QueueEntry, IReadOnlyList<int>, QueueChange> change, Action<QueueEntry, IReadOnlyList<int>> committed, CancellationToken cancellationToken)
    {
        var count = 0;
        await foreach (var page in PagesAsync(id, cancellationToken))
        {
            var chosen = new List<(QueueEntry Entry, IReadOnlyList<int> Numbers)>();
            foreach (var entry in page)
            {
                var numbers = Select(entry, filter, _parts.Clock.Now)?.Recipients.Where(applies).Select(recipient => recipient.Number).ToList();
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

    private Task<IReadOnlyList<QueueEntry>> ReadPageAsync(QueueId? after, CancellationToken cancellationToken) =>
        Task.Run(async () => await _parts.Store.ListAsync(after, Page, cancellationToken), cancellationToken);

    private void MakeDue(QueueEntry entry, IReadOnlyList<int> numbers, DateTimeOffset due)
    {
        foreach (var recipient in entry.Recipients)
        {
            if (numbers.Contains(recipient.Number)) _scheduler.Active.AddDue(recipient.Destination, due);
        }
    }

    private static QueueEntry? Select(QueueEntry entry, QueueFilter filter, DateTimeOffset now)
    {
        if (filter == QueueFilter.All) return entry;
        if (!filter.Matches(entry, now)) return null;
        var recipients = entry.Recipients.Where(filter.Matches).ToList();
        return recipients.Count == 0 ? null : entry with { Recipients = recipients };
    }

    // People read the wall clock.
    private QueueEntry ToWall(QueueEntry entry) => entry with
    {
        Recipients = [.. entry.Recipients.Select(recipient => recipient with { Due = _parts.Clock.ToWall(recipient.Due), HoldExpires = recipient.HoldExpires is { } expires ? _parts.Clock.ToWall(expires) : null })],
    };
}
