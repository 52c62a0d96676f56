using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using PolicyMTA.Leases;
using PolicyMTA.Queue;
using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Tests.Support;

/// <summary>A deliverer with everything around it.</summary>
internal sealed class Office : IAsyncDisposable
{
    private readonly Current<DeliveryGeneration> _current;

    public Office(DeliverySettings? settings = null, FakeDns? dns = null, FakeClasses? classes = null, IReadOnlyDictionary<string, ITransport>? transports = null, TimeProvider? time = null, DateTimeOffset? now = null)
    {
        Clock = new(now ?? Post.Arrived);
        var generation = new DeliveryGeneration
        {
            Hash = "test",
            Settings = settings ?? Settings(),
            Addresses = (classes ?? new FakeClasses()).Book,
            Transports = transports ?? new Dictionary<string, ITransport>(),
        };
        _current = new Current<DeliveryGeneration>(generation, _ => ValueTask.CompletedTask);
        Deliverer = new Deliverer(_current, dns ?? new FakeDns(), Post.Mail, time ?? Clock, NullLoggerFactory.Instance);
    }

    public FakeTimeProvider Clock { get; }

    public Deliverer Deliverer { get; }

    public static DeliverySettings Settings() => new() { MyHostname = "example.test" };

    public async Task<RecipientOutcome> SendAsync(string nextHop, string recipient, string transport = "smtp") =>
        (await SendAsync(Post.Message(), nextHop, transport, recipient))[0];

    public async Task<IReadOnlyList<RecipientOutcome>> SendAsync(QueuedMessage message, string nextHop, string transport, params string[] recipients) =>
        await Deliverer.DeliverAsync(message, Post.To(recipients), new Route(transport, nextHop), CancellationToken.None).AsTask().WaitAsync(TimeSpan.FromSeconds(20));

    public async ValueTask DisposeAsync()
    {
        await Deliverer.DisposeAsync();
        await _current.DisposeAsync();
    }
}
