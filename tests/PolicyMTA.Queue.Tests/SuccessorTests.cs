using Microsoft.Extensions.Logging.Abstractions;
using PolicyMTA.Sdk;

namespace PolicyMTA.Queue.Tests;

/// <summary>Messages that go on in the place of a recipient: they and its outcome are one commit.</summary>
public sealed class SuccessorTests
{
    private const string List = "list@here.example", Member = "member@there.example";

    [Fact]
    public async Task Successors_are_delivered_when_their_recipient_is_done()
    {
        await using var server = await StartAsync();
        var id = await server.SendAsync("a@b", List);

        await server.UntilGoneAsync(id);
        Assert.Equal(List, (await server.Deliverer.NextAsync()).Recipients[0].Address.ToString());
        var second = await server.Deliverer.NextAsync();

        Assert.Equal((Member, List, true), (second.Recipients[0].Address.ToString(), second.Recipients[0].Original!.ToString(), second.Recipients[0].IsForwarded));
        await server.UntilGoneAsync(second.Id);
        Assert.Contains(server.Log.Lines, line => line.Contains($"{second.Id}: from=<a@b>", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Recipient_whose_outcome_defers_has_no_successors()
    {
        await using var server = await StartAsync();
        server.Deliverer.Deliver = _ => Task.FromResult(DeliveryAction.Deferred);
        var id = await server.SendAsync("a@b", List);
        await server.UntilStateAsync(id, RecipientState.Deferred);

        Assert.Equal([id], await ListAsync(server.Queue));
    }

    [Fact]
    public async Task Full_disk_keeps_the_recipient_and_sends_no_successor()
    {
        await using var server = await StartAsync();
        server.Deliverer.Successors = _ => [New(server.Queue, new FullContent())];
        var id = await server.SendAsync("a@b", List);
        await server.UntilStateAsync(id, RecipientState.Deferred);

        Assert.Equal("cannot forward: insufficient system storage", (await server.RecipientAsync(id)).LastText);
        Assert.Equal([id], await ListAsync(server.Queue));
    }

    [Fact]
    public async Task Crash_before_or_after_the_commit_leaves_the_recipient_or_its_successor_and_never_both()
    {
        await using var server = await StartAsync();
        var gate = new TaskCompletionSource<DeliveryAction>(TaskCreationOptions.RunContinuationsAsynchronously);
        server.Deliverer.Deliver = attempt => attempt.Recipients[0].Address.ToString() == List ? gate.Task : Task.FromResult(DeliveryAction.Deferred);
        var id = await server.SendAsync("a@b", List);
        await server.Deliverer.NextAsync();
        var states = new List<IReadOnlyList<string>> { await AfterCrashAsync(server) };
        gate.SetResult(DeliveryAction.Delivered);

        // A copy of the files at any moment is what a kill at that moment leaves.
        while (states[^1] is not [Member]) states.Add(await AfterCrashAsync(server));

        Assert.Equal([List], states[0]);
        Assert.All(states, state => Assert.True(state is [List] or [Member], string.Join(", ", state)));
        Assert.Null(await server.Queue.Administration.FindAsync(id, default));
    }

    [Fact]
    public async Task Kill_while_lists_are_expanded_loses_no_member_and_expands_none_twice()
    {
        using var folder = new TemporaryFolder();
        var (accepted, delivered) = (new HashSet<string>(), new List<string>());
        for (var kill = 0; kill < 12; kill++) await CrashTests.RunAndKillAsync(folder.Path, kill, lines: 25 + kill * 17, CrashChild.ListsVariable, line => Note(line, accepted, delivered));
        var left = new List<string>();
        await using var queue = await StoreTests.OpenAsync(new QueueSettings { Folder = folder.Path, Node = "crash" });
        await foreach (var entry in queue.Administration.ListAsync(QueueFilter.All, default))
            left.AddRange(entry.Recipients.Where(recipient => recipient.State is RecipientState.Due or RecipientState.Deferred).Select(recipient => recipient.Address.ToString()));

        // Of each acknowledged list either the list or both of its members is there or was delivered.
        foreach (var number in accepted)
        {
            if (left.Contains($"list{number}@lists.example")) Assert.DoesNotContain($"one{number}@now.example", delivered.Concat(left));
            else Assert.All((string[])[$"one{number}@now.example", $"two{number}@now.example"], member => Assert.Contains(member, delivered.Concat(left)));
        }
        Assert.Equal(left.Count, left.Distinct().Count());
        Assert.True(accepted.Count > 12 && delivered.Count > 12);
    }

    [Fact]
    public async Task Requeued_successor_is_not_expanded_again()
    {
        await using var server = await TestServer.StartAsync(isRunning: false);
        var message = await Messages.NewAsync(server.Queue, "a@b", [Member]);
        await server.SendAsync(message with
        {
            Recipients =
            [
                new() { Number = 0, Address = Address.FromInternal(List), Original = Address.FromInternal(List), IsForwarded = true, RouteOverride = "local:one" },
                new() { Number = 1, Address = Address.FromInternal(List), Original = Address.FromInternal(List), IsForwarded = true, RouteOverride = "local:two" },
            ],
        });

        Assert.Equal(1, await server.Queue.Administration.RequeueAsync(message.Id, QueueFilter.All, (_, _) => throw new InvalidOperationException("expanded again"), default));

        var entry = (await server.Queue.Administration.FindAsync((await ListAsync(server.Queue))[0], default))!;
        Assert.Equal(["local:one", "local:two"], entry.Recipients.Select(recipient => recipient.RouteOverride));
        Assert.All(entry.Recipients, recipient => Assert.True(recipient.IsForwarded));
    }

    private static async Task<TestServer> StartAsync()
    {
        var server = await TestServer.StartAsync();
        server.Deliverer.Successors = recipient => recipient.Address.ToString() == List ? [New(server.Queue, null)] : [];
        return server;
    }

    private static NewMessage New(MessageQueue queue, IContentWriter? content)
    {
        var writer = content ?? queue.CreateContent();
        if (content is null) writer.WriteAsync(Messages.Small, default).AsTask().GetAwaiter().GetResult();
        return new NewMessage
        {
            Id = queue.NextId(), Sender = Address.FromInternal("a@b"), Origin = new MessageOrigin { Kind = OriginKind.Smtp }, Content = writer,
            Recipients = [new QueuedRecipient { Number = 0, Address = Address.FromInternal(Member), Original = Address.FromInternal(List), IsForwarded = true }],
        };
    }

    private static void Note(string line, HashSet<string> accepted, List<string> delivered)
    {
        if (line.Split(' ') is ["kept", _, var number, _, "."]) accepted.Add(number);
        else if (line.Split(' ') is ["reached", var member, "."]) delivered.Add(member);
    }

    private static async Task<List<QueueId>> ListAsync(MessageQueue queue)
    {
        var ids = new List<QueueId>();
        await foreach (var entry in queue.Administration.ListAsync(QueueFilter.All, default)) ids.Add(entry.Id);
        return ids;
    }

    private static async Task<IReadOnlyList<string>> AfterCrashAsync(TestServer server)
    {
        using var copy = new TemporaryFolder();
        foreach (var name in (string[])["queue.db", "queue.db-wal"]) File.Copy(Path.Combine(server.Folder, name), Path.Combine(copy.Path, name));
        await using var queue = await MessageQueue.OpenAsync(server.Settings with { Folder = copy.Path }, server.Time, NullLoggerFactory.Instance, default);
        var waiting = new List<string>();
        await foreach (var entry in queue.Administration.ListAsync(QueueFilter.All, default)) waiting.AddRange(entry.Recipients.Where(recipient => recipient.State is not RecipientState.Delivered).Select(recipient => recipient.Address.ToString()));
        return waiting;
    }

    private sealed class FullContent : IContentWriter
    {
        public long Length => 1;
        public ReadOnlyMemory<byte>? Memory => throw new InsufficientStorageException("full");
        public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) => throw new InsufficientStorageException("full");
        public Stream OpenRead() => throw new InsufficientStorageException("full");
        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
