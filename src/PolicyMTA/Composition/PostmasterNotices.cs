using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using PolicyMTA.Delivery;
using PolicyMTA.Queue;
using PolicyMTA.Receiving;
using PolicyMTA.Sdk;

namespace PolicyMTA.Composition;

/// <summary>Puts notices of sessions in the queue, off the sessions' path. A flood of trouble makes no flood of mail: what is too much is counted and logged.</summary>
internal sealed partial class PostmasterNotices : ISessionNotices, IAsyncDisposable
{
    internal const int MostInAMinute = 20;
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly MessageQueue _queue;
    private readonly Deliverer _deliverer;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly Channel<SessionNotice> _waiting = Channel.CreateBounded<SessionNotice>(MostInAMinute);
    private readonly Lock _gate = new();
    private readonly Task _working;
    private long _minuteBegan;
    private int _inThisMinute;
    private int _dropped;

    internal PostmasterNotices(MessageQueue queue, Deliverer deliverer, TimeProvider time, ILoggerFactory loggers)
    {
        (_queue, _deliverer, _time, _log) = (queue, deliverer, time, loggers.CreateLogger("smtpd"));
        _minuteBegan = time.GetTimestamp();
        _working = WorkAsync();
    }

    public void Report(SessionNotice notice)
    {
        if (MayTake() && _waiting.Writer.TryWrite(notice)) return;
        // The first of a minute says it; the next minute's first says how many.
        if (Interlocked.Increment(ref _dropped) == 1) Log.Dropping(_log, notice.Client, MostInAMinute);
    }

    public async ValueTask DisposeAsync()
    {
        _waiting.Writer.TryComplete();
        await _working;
    }

    private bool MayTake()
    {
        lock (_gate)
        {
            if (_time.GetElapsedTime(_minuteBegan) >= Minute)
            {
                (_minuteBegan, _inThisMinute) = (_time.GetTimestamp(), 0);
                if (Interlocked.Exchange(ref _dropped, 0) is > 0 and var dropped) Log.Dropped(_log, dropped);
            }
            return _inThisMinute++ < MostInAMinute;
        }
    }

    private async Task WorkAsync()
    {
        await foreach (var notice in _waiting.Reader.ReadAllAsync())
        {
            try
            {
                var message = await _deliverer.NoticeAsync(_queue.NextId(), notice.Client, notice.Transcript, CancellationToken.None);
                await _queue.CommitAsync(message, CancellationToken.None);
                Log.Told(_log, message.Id, notice.Client, notice.Classes);
            }
            catch (Exception failure)
            {
                // A notice is no mail of anybody: it is not worth a retry.
                Log.Lost(_log, failure, notice.Client);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "{QueueId}: postmaster notice of the session of {Client}: {Classes}")]
        public static partial void Told(ILogger logger, QueueId queueId, string client, NotifyClasses classes);

        [LoggerMessage(Level = LogLevel.Warning, Message = "the postmaster is not told of the session of {Client}, nor of others: there were {Limit} notices in this minute")]
        public static partial void Dropping(ILogger logger, string client, int limit);

        [LoggerMessage(Level = LogLevel.Warning, Message = "the postmaster was not told of {Count} sessions in the last minute")]
        public static partial void Dropped(ILogger logger, int count);

        [LoggerMessage(Level = LogLevel.Warning, Message = "the postmaster could not be told of the session of {Client}")]
        public static partial void Lost(ILogger logger, Exception failure, string client);
    }
}
