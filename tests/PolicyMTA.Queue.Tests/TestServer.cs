using PolicyMTA.Sdk;

namespace PolicyMTA.Queue.Tests;

/// <summary>A queue with its scheduler on a fake clock, in a folder of its own.</summary>
internal sealed class TestServer : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private Task _run = Task.CompletedTask;

    internal JumpingTime Time { get; } = new(new DateTimeOffset(2026, 11, 1, 12, 0, 0, TimeSpan.Zero));
    internal TestDeliverer Deliverer { get; private set; } = new();
    internal LineLog Log { get; } = new();
    internal MessageQueue Queue { get; private set; } = null!;
    internal QueueSettings Settings { get; private set; } = null!;
    internal string Folder => _folder.Path;

    internal static async Task<TestServer> StartAsync(Func<QueueSettings, QueueSettings>? change = null, bool isRunning = true)
    {
        var server = new TestServer();
        server.Settings = (change ?? (settings => settings))(new QueueSettings { Folder = server._folder.Path, Node = "test" });
        await server.OpenAsync(isRunning);
        return server;
    }

    internal void Run() => _run = Queue.Scheduler.RunAsync(Deliverer, default);

    internal async Task RestartAsync(bool isRunning = true)
    {
        await StopAsync();
        Deliverer = new TestDeliverer { Deliver = Deliverer.Deliver, Route = Deliverer.Route, Shape = Deliverer.Shape };
        await OpenAsync(isRunning);
    }

    internal async Task<QueueId> SendAsync(string sender, params string[] recipients) => await SendAsync(await Messages.NewAsync(Queue, sender, recipients));

    internal async Task<QueueId> SendAsync(NewMessage message)
    {
        await Queue.CommitAsync(message, default);
        return message.Id;
    }

    internal async Task<QueuedRecipient> RecipientAsync(QueueId id, int number = 0) => (await Queue.Administration.FindAsync(id, default))!.Recipients.Single(recipient => recipient.Number == number);

    internal static async Task UntilAsync(Func<Task<bool>> condition)
    {
        var patience = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(patience) < TimeSpan.FromSeconds(20), "it never happened");
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
        }
    }

    internal Task UntilGoneAsync(QueueId id) => UntilAsync(async () => await Queue.Administration.FindAsync(id, default) is null);

    internal Task UntilActiveAsync(QueueId id, int number) => UntilAsync(async () => (await RecipientAsync(id, number)).State == RecipientState.Active);

    internal Task UntilStateAsync(QueueId id, RecipientState state, int attempts = -1) =>
        UntilAsync(async () => await RecipientAsync(id) is var recipient && recipient.State == state && (attempts < 0 || recipient.Attempts == attempts));

    /// <summary>Lets the clock run in small steps until there is an attempt.</summary>
    internal async Task<TestDeliverer.Attempt> AdvanceToAttemptAsync(TimeSpan step)
    {
        TestDeliverer.Attempt attempt = null!;
        await UntilAsync(() =>
        {
            if (Deliverer.TryNext(out attempt)) return Task.FromResult(true);
            Time.Advance(step);
            return Task.FromResult(false);
        });
        return attempt;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _folder.Dispose();
    }

    private async Task OpenAsync(bool isRunning)
    {
        Queue = await MessageQueue.OpenAsync(Settings, Time, Log, default);
        (Deliverer.Queue, Deliverer.Time) = (Queue, Time);
        if (isRunning) Run();
    }

    private async Task StopAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await Queue.Scheduler.StopAsync(now.Token);
        await _run;
        await Queue.DisposeAsync();
    }
}
