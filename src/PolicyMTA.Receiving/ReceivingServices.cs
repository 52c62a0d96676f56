using Microsoft.Extensions.Logging;
using PolicyMTA.Leases;
using PolicyMTA.Queue;
using PolicyMTA.Receiving.Listening;
using PolicyMTA.Receiving.Sessions;
using PolicyMTA.Sdk;

namespace PolicyMTA.Receiving;

/// <summary>What every session shares. Process-lived.</summary>
internal sealed record ReceivingServices(Current<ReceivingGeneration> Current, MessageQueue Queue, IDnsResolver Dns, TimeProvider Time, ILogger Log, FlushRequests Flushes, ConnectionCounts Connections);
