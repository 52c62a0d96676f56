using Microsoft.Extensions.Logging;
using PolicyMTA.Sdk;

namespace PolicyMTA.Queue;

/// <summary>What the parts of the queue share. <paramref name="Settings"/> may give others after a reload.</summary>
internal sealed record QueueParts(IQueueStore Store, GroupCommit Commits, QueueClock Clock, QueueIdGenerator Ids, Func<QueueSettings> Settings, ILoggerFactory Loggers);
