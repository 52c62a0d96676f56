using Microsoft.Extensions.Logging;
using PolicyMTA.Leases;
using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Verification;

/// <summary>
/// Postfix's verify(8): answers from its cache, and probes in the background what is not in it or getting old. The same address is probed once at a time. Lives as
/// long as the process.
/// </summary>
public sealed partial class AddressVerifier : IAddressVerifier, IAsyncDisposable
{
    private const int MostEntries = 100_000;
    private const int MostProbes = 1000;
    // verify(8): by then a probe is lost.
    private static readonly TimeSpan ProbeTime = TimeSpan.FromSeconds(1000);
    // How often the interval of cleanups is looked at, since a reload may change it.
    private static readonly TimeSpan CleanupTick = TimeSpan.FromMinutes(1);
    private static readonly AddressVerification InProgress = new(AddressStanding.InProgress, "Address verification in progress");
    private static readonly AddressVerification Own = new(AddressStanding.Deliverable, "the sender of our own probes");
    private static readonly AddressVerification BadAddress = new(AddressStanding.Undeliverable, "bad address syntax");

    private readonly Current<DeliveryGeneration> _current;
    private readonly Prober _prober;
    private readonly VerificationCache _cache = new(MostEntries);
    private readonly VerificationJournal? _journal;
    private readonly string _file;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly CancellationTokenSource _closing = new();
    private readonly Dictionary<string, Task<AddressVerification>> _probes = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private readonly Task _cleaning;
    private int _appended;

    /// <summary>Reads what an earlier process found.</summary>
    /// <param name="current">The generation in force.</param>
    /// <param name="deliverer">Whose transports probe.</param>
    /// <param name="nextId">Names probes in the log.</param>
    /// <param name="file">Where the cache is kept; empty: in memory only.</param>
    /// <param name="time">The clock.</param>
    /// <param name="loggers">The log.</param>
    public AddressVerifier(Current<DeliveryGeneration> current, Deliverer deliverer, Func<QueueId> nextId, string file, TimeProvider time, ILoggerFactory loggers)
    {
        ArgumentNullException.ThrowIfNull(loggers);
        (_current, _file, _time) = (current, file, time);
        _log = loggers.CreateLogger("verify");
        _prober = new Prober(current, deliverer, nextId, time, loggers);
        if (file.Length > 0) _journal = Restore(file);
        _cleaning = CleanAsync();
    }

    /// <summary>How many outcomes are known.</summary>
    public int Count => _cache.Count;

    /// <summary>How many probes are under way.</summary>
    public int Probing
    {
        get
        {
            lock (_gate) return _probes.Count;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<AddressVerification> VerifyAsync(Address address, bool isUnderStress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(address);
        var settings = await SettingsAsync();
        var now = _time.GetUtcNow();
        // Two servers that verify each other's probe senders would never come to an end.
        if (settings.Sender.IsMine(address, now)) return Own;
        var key = address.WithFoldedDomain().ToString();
        if (!VerificationEntry.IsKey(key)) return BadAddress;
        var known = _cache.Find(key);
        if (known is not null && known.HasExpired(settings, now)) known = null;
        if (known is not null && (!known.NeedsRefresh(settings, now) || now - known.Probed <= ProbeTime)) return known.Known;
        var probe = Begin(key, address, known, now);
        if (known is not null) return known.Known;
        return probe is null ? InProgress : await WaitAsync(probe, isUnderStress ? settings.StressedPatience : settings.Patience, cancellationToken);
    }

    /// <summary>Ends the probes under way and keeps what is known.</summary>
    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        await _cleaning;
        Task[] running;
        lock (_gate) running = [.. _probes.Values];
        await Task.WhenAll(running);
        if (_journal is not null) await _journal.DisposeAsync();
        _prober.Dispose();
        _closing.Dispose();
    }

    private async ValueTask<VerificationSettings> SettingsAsync()
    {
        await using var lease = _current.Lease();
        return lease.Value.Settings.Verification;
    }

    private async ValueTask<AddressVerification> WaitAsync(Task<AddressVerification> probe, TimeSpan patience, CancellationToken cancellationToken)
    {
        if (patience <= TimeSpan.Zero) return InProgress;
        try
        {
            return await probe.WaitAsync(patience, _time, cancellationToken);
        }
        catch (TimeoutException)
        {
            return InProgress;
        }
    }

    /// <summary>The probe of an address, begun when there is none; null when there are too many of others.</summary>
    private Task<AddressVerification>? Begin(string key, Address address, VerificationEntry? known, DateTimeOffset now)
    {
        lock (_gate)
        {
            if (_probes.TryGetValue(key, out var running)) return running;
            if (_probes.Count >= MostProbes || _closing.IsCancellationRequested) return null;
            if (known is not null && _cache.Find(key) is { } latest) _cache.Put(key, latest with { Probed = now });
            return _probes[key] = Task.Run(() => ProbeAsync(key, address));
        }
    }

    private async Task<AddressVerification> ProbeAsync(string key, Address address)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(_closing.Token);
        await using var timer = _time.CreateTimer(static state => ((CancellationTokenSource)state!).Cancel(), patience, ProbeTime, Timeout.InfiniteTimeSpan);
        try
        {
            if (await _prober.ProbeAsync(address, patience.Token) is not { } found) return InProgress;
            Keep(key, found, await SettingsAsync());
            return found;
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            return InProgress;
        }
        finally
        {
            lock (_gate) _probes.Remove(key);
        }
    }

    // verify(8): a probe that fails does not make an address bad that was good, as long as that has not expired.
    private void Keep(string key, AddressVerification found, VerificationSettings settings)
    {
        var now = DateTimeOffset.FromUnixTimeSeconds(_time.GetUtcNow().ToUnixTimeSeconds());
        var entry = new VerificationEntry(found.Text.Length > VerificationEntry.LongestText ? found with { Text = found.Text[..VerificationEntry.LongestText] } : found, now);
        if (!entry.IsDeliverable)
        {
            if (_cache.Find(key) is { IsDeliverable: true } good && !good.HasExpired(settings, now)) return;
            if (!settings.NegativeCache)
            {
                _cache.Forget(key);
                return;
            }
        }
        _cache.Put(key, entry);
        _journal?.Append(key, entry);
        // However fast strangers make up addresses, the file stays of a size.
        if (Interlocked.Increment(ref _appended) % MostEntries == 0) _journal?.Rewrite(_cache.List);
    }

    private VerificationJournal Restore(string file)
    {
        var lines = 0;
        foreach (var (address, entry) in VerificationJournal.Read(file, _log))
        {
            _cache.Put(address, entry);
            lines++;
        }
        var journal = new VerificationJournal(file, _log);
        if (lines > 2 * _cache.Count) journal.Rewrite(_cache.List);
        return journal;
    }

    private async Task CleanAsync()
    {
        var cleaned = _time.GetTimestamp();
        using var timer = new PeriodicTimer(CleanupTick, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(_closing.Token))
            {
                var settings = await SettingsAsync();
                if (settings.CleanupInterval <= TimeSpan.Zero || _time.GetElapsedTime(cleaned) < settings.CleanupInterval) continue;
                cleaned = _time.GetTimestamp();
                var dropped = _cache.Clean(settings, _time.GetUtcNow());
                _journal?.Rewrite(_cache.List);
                Log.Cleaned(_log, _file, _cache.Count, dropped);
            }
        }
        catch (OperationCanceledException)
        {
            // Disposed.
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "cache {File} full cleanup: retained={Retained} dropped={Dropped} entries")]
        internal static partial void Cleaned(ILogger logger, string file, int retained, int dropped);
    }
}
