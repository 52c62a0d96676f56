using Microsoft.Extensions.Time.Testing;
using PolicyMTA.Addressing;
using PolicyMTA.Delivery.Tests.Support;
using PolicyMTA.Delivery.Verification;
using PolicyMTA.Leases;
using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Tests.Verification;

/// <summary>A verifier with everything around it; its map and clock outlive it.</summary>
internal sealed class Verified : IAsyncDisposable
{
    private readonly Current<DeliveryGeneration> _current;
    private readonly Deliverer _deliverer;
    private int _ids;

    public Verified(DeliverySettings settings, AddressBook? addresses = null, string file = "", FakeTimeProvider? clock = null, IReadOnlyDictionary<string, ITransport>? transports = null)
    {
        Clock = clock ?? new FakeTimeProvider(Post.Arrived);
        var generation = new DeliveryGeneration
        {
            Hash = "test", Settings = settings, Addresses = addresses ?? new FakeClasses().Book, Transports = transports ?? new Dictionary<string, ITransport>(),
        };
        _current = new Current<DeliveryGeneration>(generation, _ => ValueTask.CompletedTask);
        _deliverer = new Deliverer(_current, new FakeDns(), Post.Mail, Clock, Log);
        Verifier = new AddressVerifier(_current, _deliverer, () => new QueueId($"Probe{Interlocked.Increment(ref _ids)}"), file, Clock, Log);
    }

    public FakeTimeProvider Clock { get; }
    public LineLog Log { get; } = new();
    public AddressVerifier Verifier { get; }

    /// <summary>Mail of everyone goes to one port.</summary>
    public static DeliverySettings To(int port, Func<VerificationSettings, VerificationSettings>? change = null)
    {
        var verification = new VerificationSettings { Sender = new ProbeSender(new Address("double-bounce", "example.test"), TimeSpan.Zero) };
        return Office.Settings() with { RelayHost = $"[127.0.0.1]:{port}", Verification = change?.Invoke(verification) ?? verification };
    }

    public Task<AddressVerification> AskAsync(string address, bool isUnderStress = false, CancellationToken cancellationToken = default) =>
        Verifier.VerifyAsync(Address.FromInternal(address), isUnderStress, cancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(20), CancellationToken.None);

    /// <summary>Asks until it is known; the clock stands still.</summary>
    public async Task<AddressVerification> AskUntilAsync(string address, AddressStanding standing)
    {
        for (var tries = 0; tries < 500; tries++)
        {
            if (await AskAsync(address) is { } known && known.Standing == standing) return known;
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        }
        throw new TimeoutException($"{address} never was {standing}");
    }

    public async ValueTask DisposeAsync()
    {
        await Verifier.DisposeAsync();
        await _deliverer.DisposeAsync();
        await _current.DisposeAsync();
    }
}
