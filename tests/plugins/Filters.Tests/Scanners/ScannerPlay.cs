using System.Diagnostics.Metrics;
using PolicyMTA.Plugins.Tests;
using PolicyMTA.Sdk;

namespace PolicyMTA.Filters.Tests.Scanners;

/// <summary>One message's end, through a scanner's plugin with its options.</summary>
internal sealed class ScannerPlay : IMilterEdits, IAsyncDisposable
{
    private readonly IMilter _milter;
    private readonly MeterListener _listener = new();
    private readonly Dictionary<string, long> _counts = [];

    internal ScannerPlay(IPlugin plugin, string name, string options)
    {
        Bench = new PluginBench(plugin) { OptionsText = options };
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (ReferenceEquals(instrument.Meter, Bench.Meter)) listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, _, _) =>
        {
            lock (_counts) _counts[instrument.Name] = _counts.GetValueOrDefault(instrument.Name) + value;
        });
        _listener.Start();
        _milter = Bench.Milter(name);
    }

    internal PluginBench Bench { get; }

    internal FakeMessage Message { get; set; } = new("From: Joe <joe@good.test>\r\nSubject: hi\r\n\r\nbody\r\n");

    internal EndOfDataContext Context { get; private set; } = null!;

    internal string? NewBody { get; private set; }

    internal List<string> Changes { get; } = [];

    /// <summary>The message as it would be queued.</summary>
    internal string Queued => System.Text.Encoding.Latin1.GetString(Message.Queued);

    internal long Count(string name)
    {
        lock (_counts) return _counts.GetValueOrDefault(name);
    }

    internal async Task<Verdict> RunAsync(string? login = null, bool isInMyNetworks = false, string client = "192.0.2.10", IReadOnlyList<Recipient>? recipients = null, FakeMessage? message = null, CancellationToken? token = null)
    {
        var bare = FakeSession.EndOfData(message ?? Message, login: login, isInMyNetworks: isInMyNetworks, client: client);
        var context = Context = new EndOfDataContext(bare.Session, bare.Transaction with { QueueId = new QueueId("QTEST01") }, recipients ?? [], bare.Message);
        await using var session = await _milter.StartAsync(context, CancellationToken.None);
        return session is null ? Verdict.Dunno : await session.EndOfMessageAsync(context, this, token ?? TestContext.Current.CancellationToken);
    }

    /// <summary>It must fail, so that the default action holds; why.</summary>
    internal async Task<string> FailAsync() => (await Assert.ThrowsAsync<TemporaryFailureException>(() => RunAsync())).Message;

    /// <summary>It must fail for its time, which is moved on once it waits for it.</summary>
    internal async Task<string> FailLateAsync(ScannerServer server, TimeSpan time)
    {
        var failing = FailAsync();
        server.Heard.Take(TestContext.Current.CancellationToken);
        Bench.Clock.Advance(time - TimeSpan.FromSeconds(1));
        Assert.False(failing.IsCompleted);
        Bench.Clock.Advance(TimeSpan.FromSeconds(1));
        return await failing;
    }

    public void ChangeSender(Address sender, MailParameters? parameters = null) => Changes.Add($"from {sender}");

    public void AddRecipient(Address recipient, RecipientParameters? parameters = null) => Changes.Add($"add {recipient}");

    public void RemoveRecipient(Address recipient) => Changes.Add($"remove {recipient}");

    public void Quarantine(string reason) => Changes.Add($"hold {reason}");

    public void Progress() => Changes.Add("progress");

    public ValueTask ReplaceBodyAsync(ReadOnlyMemory<byte> piece, CancellationToken cancellationToken)
    {
        NewBody += System.Text.Encoding.Latin1.GetString(piece.Span);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _milter.DisposeAsync();
    }
}
