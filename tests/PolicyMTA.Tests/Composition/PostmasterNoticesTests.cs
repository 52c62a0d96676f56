using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using PolicyMTA.Addressing;
using PolicyMTA.Composition;
using PolicyMTA.Delivery;
using PolicyMTA.Leases;
using PolicyMTA.Queue;
using PolicyMTA.Receiving;
using PolicyMTA.Sdk;
using PolicyMTA.Tests.Generations;

namespace PolicyMTA.Tests.Composition;

public sealed class PostmasterNoticesTests : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 22, 16, 45, 56, TimeSpan.Zero));
    private MessageQueue? _queue;
    private Deliverer? _deliverer;
    private Current<DeliveryGeneration>? _current;

    [Fact]
    public async Task Notice_is_a_message_to_the_postmaster()
    {
        await using var notices = await StartAsync();
        notices.Report(new SessionNotice("unknown[192.0.2.1]", NotifyClasses.Policy, ["Out: 220 mx.test", "In:  MAIL FROM:<a\r\nBcc: b@c>"]));
        await notices.DisposeAsync();

        var entry = Assert.Single(await QueuedAsync());
        Assert.Equal(("double-bounce@mx.test", OriginKind.Report, "postmaster@mx.test"), (entry.Sender.ToString(), entry.Origin.Kind, entry.Recipients[0].Address.ToString()));
        using var reader = new StreamReader(await (await _queue!.Administration.ReadContentAsync(entry.Id, TestContext.Current.CancellationToken))!.OpenReadAsync(TestContext.Current.CancellationToken));
        var text = await reader.ReadToEndAsync(TestContext.Current.CancellationToken);
        Assert.Contains("\r\nTo: postmaster@mx.test\r\nSubject: PolicyMTA SMTP server: errors from unknown[192.0.2.1]\r\nAuto-Submitted: auto-generated\r\n", text);
        Assert.Contains("\r\n Out: 220 mx.test\r\n In:  MAIL FROM:<a??Bcc: b@c>\r\n", text);
        Assert.DoesNotContain("\nBcc:", text);
    }

    [Theory]
    [InlineData(PostmasterNotices.MostInAMinute, PostmasterNotices.MostInAMinute)]
    [InlineData(PostmasterNotices.MostInAMinute + 1, PostmasterNotices.MostInAMinute)]
    [InlineData(1000, PostmasterNotices.MostInAMinute)]
    public async Task Flood_of_trouble_makes_no_flood_of_mail(int sessions, int told)
    {
        await using var notices = await StartAsync();
        for (var i = 0; i < sessions; i++)
        {
            notices.Report(Notice);
            // What is asked for here is the rate; how much may wait at a time is the channel's.
            if (i < told) await UntilAsync(async () => (await QueuedAsync()).Count == i + 1);
        }
        Assert.Equal(told, (await QueuedAsync()).Count);

        _time.Advance(TimeSpan.FromMinutes(1));
        notices.Report(Notice);
        await UntilAsync(async () => (await QueuedAsync()).Count == told + 1);
    }

    private static SessionNotice Notice => new("unknown[192.0.2.1]", NotifyClasses.Policy, ["Out: 220 mx.test"]);

    public async ValueTask DisposeAsync()
    {
        if (_deliverer is not null) await _deliverer.DisposeAsync();
        if (_queue is not null) await _queue.DisposeAsync();
        if (_current is not null) await _current.DisposeAsync();
        _folder.Dispose();
    }

    private async Task<PostmasterNotices> StartAsync()
    {
        _queue = await MessageQueue.OpenAsync(new QueueSettings { Folder = _folder.File("queue") }, _time, NullLoggerFactory.Instance, TestContext.Current.CancellationToken);
        var generation = new DeliveryGeneration { Hash = "test", Settings = new DeliverySettings { MyHostname = "mx.test" }, Addresses = new AddressBook(new AddressBookSettings { MyOrigin = "mx.test" }) };
        _current = new Current<DeliveryGeneration>(generation, _ => ValueTask.CompletedTask);
        _deliverer = new Deliverer(_current, new Site().Options.Dns!, new NewMail(_queue.NextId, _queue.CreateContent), _time, NullLoggerFactory.Instance);
        return new PostmasterNotices(_queue, _deliverer, _time, NullLoggerFactory.Instance);
    }

    private async Task<List<QueueEntry>> QueuedAsync()
    {
        var entries = new List<QueueEntry>();
        await foreach (var entry in _queue!.Administration.ListAsync(QueueFilter.All, CancellationToken.None)) entries.Add(entry);
        return entries;
    }

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!await condition()) await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, patience.Token);
    }
}
