using CsCheck;
using PolicyMTA.Queue.Storage;
using PolicyMTA.Sdk;

namespace PolicyMTA.Queue.Tests;

/// <summary>Any order of changes leaves the store as a model of a few lines has it, also after it was reopened.</summary>
public sealed class StoreModelTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly EnhancedStatus Status = new(4, 0, 0);

    [Fact]
    public Task Store_does_what_the_model_does() =>
        Gen.Select(Gen.Int[0, 8], Gen.Int[0, 5], Gen.Int[0, 2], Gen.Bool).List[1, 60].SampleAsync(RunAsync, iter: 60, threads: 1);

    private static async Task RunAsync(List<(int Operation, int Message, int Recipient, bool All)> operations)
    {
        using var folder = new TemporaryFolder();
        var store = SqliteQueueStore.Open(folder.Path, () => 1000, TimeProvider.System);
        var model = new SortedDictionary<QueueId, RecipientState[]>();
        try
        {
            foreach (var (operation, message, recipient, all) in operations)
            {
                var id = QueueIdGenerator.FromTime(1_000_000_000 + message);
                IReadOnlyList<int>? numbers = all ? null : [recipient];
                switch (operation)
                {
                    case 0 when !model.ContainsKey(id):
                        await store.CommitAsync([await AddAsync(store, id, message)], default);
                        model[id] = [RecipientState.Due, RecipientState.Due, RecipientState.Due];
                        break;
                    case 1:
                        foreach (var claimed in await store.ClaimAsync("@d" + recipient, Noon + TimeSpan.FromHours(1), 2, new Claim("n", Noon), default))
                        {
                            foreach (var one in claimed.Recipients) Set(claimed.Message.Id, [one.Number], _ => true, RecipientState.Active);
                        }
                        break;
                    case 2: await CommitAsync(Tried(id, recipient, RecipientState.Delivered), () => Set(id, [recipient], IsUnfinished, RecipientState.Delivered)); break;
                    case 3: await CommitAsync(Tried(id, recipient, RecipientState.Deferred), () => Set(id, [recipient], state => state is RecipientState.Due or RecipientState.Active or RecipientState.Deferred, RecipientState.Deferred)); break;
                    case 4: await CommitAsync(new QueueChange.Held(id, numbers, "h", null), () => Set(id, numbers, state => state is RecipientState.Due or RecipientState.Active or RecipientState.Deferred, RecipientState.Held)); break;
                    case 5: await CommitAsync(new QueueChange.Released(id, numbers, Noon), () => Set(id, numbers, state => state == RecipientState.Held, RecipientState.Due)); break;
                    case 6: await CommitAsync(new QueueChange.Unclaimed(id, [recipient]), () => Set(id, [recipient], state => state == RecipientState.Active, RecipientState.Due)); break;
                    case 7: await CommitAsync(new QueueChange.Deleted(id, null), () => model.Remove(id)); break;
                    case 8:
                        await store.DisposeAsync();
                        store = SqliteQueueStore.Open(folder.Path, () => 1000, TimeProvider.System);
                        foreach (var key in model.Keys.ToList()) Set(key, null, state => state == RecipientState.Active, RecipientState.Due);
                        break;
                }
                await CheckAsync(store, model);
            }
        }
        finally { await store.DisposeAsync(); }

        async Task CommitAsync(QueueChange change, Action apply)
        {
            await store.CommitAsync([change], default);
            apply();
        }

        void Set(QueueId id, IReadOnlyList<int>? numbers, Func<RecipientState, bool> applies, RecipientState state)
        {
            if (!model.TryGetValue(id, out var states)) return;
            for (var n = 0; n < states.Length; n++)
            {
                if ((numbers is null || numbers.Contains(n)) && applies(states[n])) states[n] = state;
            }
            if (!states.Any(IsUnfinished)) model.Remove(id);
        }
    }

    private static bool IsUnfinished(RecipientState state) => state is not (RecipientState.Delivered or RecipientState.Bounced);

    private static QueueChange Tried(QueueId id, int recipient, RecipientState state) =>
        new QueueChange.Tried(id, [new RecipientResult { Recipient = recipient, State = state, Destination = "@d" + recipient, Status = Status, Text = "t", Due = Noon }]);

    private static async Task<QueueChange> AddAsync(SqliteQueueStore store, QueueId id, int seed)
    {
        var content = store.CreateContent();
        // Every other one is spooled.
        await content.WriteAsync(Messages.Bytes(seed % 2 == 0 ? 100 : 2000, seed), default);
        var message = new NewMessage
        {
            Id = id, Sender = Address.Null, Origin = new MessageOrigin { Kind = OriginKind.Smtp }, Content = content,
            Recipients = [.. Enumerable.Range(0, 3).Select(n => new QueuedRecipient { Number = n, Address = new Address("a", "d" + n), Destination = "@d" + n, Due = Noon })],
        };
        await store.PrepareAsync(message, default);
        return new QueueChange.Added(message, Noon, Noon, null);
    }

    // Due and deferred are told apart by attempts only; the model does not count those.
    private static RecipientState Fold(RecipientState state) => state == RecipientState.Deferred ? RecipientState.Due : state;

    private static async Task CheckAsync(SqliteQueueStore store, SortedDictionary<QueueId, RecipientState[]> model)
    {
        var entries = await store.ListAsync(null, 100, default);
        Assert.Equal(model.Keys, entries.Select(entry => entry.Id));
        foreach (var entry in entries)
        {
            Assert.Equal(model[entry.Id].Select(Fold), entry.Recipients.Select(recipient => Fold(recipient.State)));
            Assert.NotNull(await store.ReadContentAsync(entry.Id, default));
        }
        var counts = await store.CountAsync(default);
        foreach (var group in model.Values.SelectMany(states => states).Select(Fold).GroupBy(state => state)) Assert.Equal(group.Count(), counts.Where(count => Fold(count.Key) == group.Key).Sum(count => count.Value));
        var due = model.Values.SelectMany(states => states.Select((state, n) => (State: Fold(state), n))).Where(one => one.State == RecipientState.Due).Select(one => "@d" + one.n).Distinct().Order(StringComparer.Ordinal);
        Assert.Equal(due, (await store.ListDestinationsAsync(default)).Select(destination => destination.Destination));
    }
}
