using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using PolicyMTA.Queue;
using PolicyMTA.Sdk;

namespace PolicyMTA.Receiving.Sessions;

/// <summary>
/// What ETRN asks for (RFC 1985): waiting mail for a domain is tried now. One domain after the other, after the reply, since a long queue takes its time; a
/// domain asked for again within a minute is not searched for again, so that nobody keeps the queue busy. Process-lived and thread-safe.
/// </summary>
internal sealed partial class FlushRequests : IAsyncDisposable
{
    private const int MostWaiting = 100;
    private static readonly TimeSpan NotAgainBefore = TimeSpan.FromMinutes(1);

    private readonly MessageQueue _queue;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly Channel<string> _waiting = Channel.CreateBounded<string>(MostWaiting);
    private readonly Dictionary<string, long> _asked = new(StringComparer.OrdinalIgnoreCase);
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _closing = new();
    private readonly Task _worker;

    internal FlushRequests(MessageQueue queue, TimeProvider time, ILogger log)
    {
        (_queue, _time, _log) = (queue, time, log);
        _worker = WorkAsync();
    }

    /// <summary>False when too many domains wait for their turn.</summary>
    internal bool TryAsk(string domain)
    {
        lock (_gate)
        {
            foreach (var (known, at) in _asked.ToArray())
            {
                if (_time.GetElapsedTime(at) >= NotAgainBefore) _asked.Remove(known);
            }
            if (_asked.ContainsKey(domain)) return true;
            if (_asked.Count >= MostWaiting || !_waiting.Writer.TryWrite(domain)) return false;
            _asked[domain] = _time.GetTimestamp();
            return true;
        }
    }

    public async ValueTask DisposeAsync()
    {
        _waiting.Writer.TryComplete();
        await _closing.CancelAsync();
        await _worker;
        _closing.Dispose();
    }

    private async Task WorkAsync()
    {
        try
        {
            await foreach (var domain in _waiting.Reader.ReadAllAsync(_closing.Token)) await FlushAsync(domain);
        }
        catch (OperationCanceledException)
        {
            // Closed: what was not searched for waits for its due time.
        }
    }

    private async ValueTask FlushAsync(string domain)
    {
        try
        {
            var count = await _queue.Administration.FlushAsync(null, new QueueFilter { Domain = domain }, _closing.Token);
            Log.Flushed(_log, domain, count);
        }
        catch (Exception failure) when (failure is TemporaryFailureException or InsufficientStorageException)
        {
            Log.Failed(_log, domain, failure.Message);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "ETRN {Domain}: {Count} messages are tried now")]
        internal static partial void Flushed(ILogger logger, string domain, int count);

        [LoggerMessage(Level = LogLevel.Warning, Message = "ETRN {Domain}: the queue could not be searched: {Reason}")]
        internal static partial void Failed(ILogger logger, string domain, string reason);
    }
}
