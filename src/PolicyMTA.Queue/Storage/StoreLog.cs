using Microsoft.Extensions.Logging;
using PolicyMTA.Sdk;

namespace PolicyMTA.Queue.Storage;

/// <summary>What the store says by itself: damage that it finds.</summary>
internal sealed partial class StoreLog(ILoggerFactory loggers)
{
    private readonly ILogger _queue = loggers.CreateLogger("qmgr");

    internal void Corrupt(QueueId id, string reason) => Log.Corrupt(_queue, id, reason);

    internal void Damaged(Exception damage) => Log.Damaged(_queue, damage.Message);

    internal void NotReindexed(Exception failure) => Log.NotReindexed(_queue, failure.Message);

    internal void NotCollected(Exception damage) => Log.NotCollected(_queue, damage.Message);

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "{QueueId}: corrupt, set aside: {Reason}")]
        internal static partial void Corrupt(ILogger logger, QueueId queueId, string reason);

        [LoggerMessage(2, LogLevel.Error, "the queue's database is damaged, what can be read is delivered: {Reason}; stop the server, keep a copy of the queue folder and check the disk")]
        internal static partial void Damaged(ILogger logger, string reason);

        [LoggerMessage(3, LogLevel.Error, "the queue's indexes can't be made anew: {Reason}")]
        internal static partial void NotReindexed(ILogger logger, string reason);

        [LoggerMessage(4, LogLevel.Error, "the queue's database is damaged, spool files that nobody needs are not collected: {Reason}")]
        internal static partial void NotCollected(ILogger logger, string reason);
    }
}
