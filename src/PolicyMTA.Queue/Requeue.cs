using PolicyMTA.Sdk;

namespace PolicyMTA.Queue;

/// <summary>Copies a message under a new id with its recipients expanded anew, and forgets the old one, in one commit.</summary>
internal sealed class Requeue(QueueParts parts, Scheduler scheduler)
{
    private const int PieceSize = 64 * 1024;

    internal async ValueTask<bool> RunAsync(QueueEntry entry, IReadOnlyList<int> numbers, Func<Address, CancellationToken, ValueTask<IReadOnlyList<Address>>> expand, CancellationToken cancellationToken)
    {
        var chosen = entry.Recipients.Where(recipient => numbers.Contains(recipient.Number)).ToList();
        var recipients = await ExpandAsync(chosen, expand, cancellationToken);
        if (recipients.Count == 0 || await parts.Store.ReadContentAsync(entry.Id, cancellationToken) is not { } stored) return false;
        await using var content = parts.Store.CreateContent();
        await CopyAsync(stored, content, cancellationToken);
        await parts.Commits.CommitAsync([new QueueChange.Held(entry.Id, numbers, "requeue", null)], cancellationToken);
        scheduler.Withdraw(entry.Id, numbers, finished: 0);
        var running = scheduler.Active.ListRunning(entry.Id);
        if (numbers.Any(running.Contains))
        {
            // Its attempt may deliver it: then there is nothing to requeue.
            await parts.Commits.CommitAsync([new QueueChange.Released(entry.Id, numbers, parts.Clock.Now)], cancellationToken);
            foreach (var recipient in chosen) scheduler.Active.AddDue(recipient.Destination, parts.Clock.Now);
            return false;
        }
        var message = new NewMessage { Id = parts.Ids.Next(), Sender = entry.Sender, Mail = entry.Mail, Origin = entry.Origin, Recipients = recipients, Content = content };
        await CommitAsync(entry, numbers, message, cancellationToken);
        return true;
    }

    private async ValueTask CommitAsync(QueueEntry entry, IReadOnlyList<int> numbers, NewMessage message, CancellationToken cancellationToken)
    {
        var admitted = await scheduler.Admission.PrepareAsync(message, cancellationToken);
        try { await parts.Commits.CommitAsync([new QueueChange.Deleted(entry.Id, numbers), admitted.Change with { Arrived = entry.Arrived, Entered = entry.Entered }], CancellationToken.None); }
        catch
        {
            scheduler.Admission.Failed(admitted);
            throw;
        }
        scheduler.Withdraw(entry.Id, numbers, numbers.Count);
        scheduler.Requeued(entry.Id, message.Id);
        scheduler.Admission.Committed(admitted);
    }

    private static async ValueTask<List<QueuedRecipient>> ExpandAsync(List<QueuedRecipient> chosen, Func<Address, CancellationToken, ValueTask<IReadOnlyList<Address>>> expand, CancellationToken cancellationToken)
    {
        var recipients = new List<QueuedRecipient>();
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var recipient in chosen)
        {
            var original = recipient.Original ?? recipient.Address;
            foreach (var address in recipient.IsForwarded ? [recipient.Address] : await expand(original, cancellationToken))
            {
                // Two destinations of one alias have its address and a route each.
                if (!seen.Add($"{address} {recipient.RouteOverride}")) continue;
                recipients.Add(new QueuedRecipient
                {
                    Number = recipients.Count, Address = address, Original = address == original ? null : original, IsForwarded = recipient.IsForwarded, Parameters = recipient.Parameters, RouteOverride = recipient.RouteOverride,
                    State = recipient.State == RecipientState.Held ? RecipientState.Held : RecipientState.Due, HoldName = recipient.HoldName, LastText = recipient.LastText,
                });
            }
        }
        return recipients;
    }

    private static async ValueTask CopyAsync(IMessageContent stored, IContentWriter content, CancellationToken cancellationToken)
    {
        await using var stream = await stored.OpenReadAsync(cancellationToken);
        var buffer = new byte[PieceSize];
        while (await stream.ReadAsync(buffer, cancellationToken) is > 0 and var count) await content.WriteAsync(buffer.AsMemory(0, count), cancellationToken);
    }
}
