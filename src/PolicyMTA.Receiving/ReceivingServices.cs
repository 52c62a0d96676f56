using Microsoft.Extensions.Logging;
using PolicyMTA.Leases;
using PolicyMTA.Queue;
using PolicyMTA.Receiving.Limits;
using PolicyMTA.Receiving.Sessions;
using PolicyMTA.Receiving.Sessions.Logins;
using PolicyMTA.Sdk;

namespace PolicyMTA.Receiving;

/// <summary>What every session shares. Process-lived.</summary>
internal sealed record ReceivingServices(Current<ReceivingGeneration> Current, MessageQueue Queue, IDnsResolver Dns, TimeProvider Time, ILogger Log, FlushRequests Flushes)
{
    /// <summary>What each client does at the moment.</summary>
    internal ClientTable Clients { get; } = new();

    /// <summary>Who waited for the greeting before.</summary>
    internal PassedClients PassedClients { get; } = new();

    /// <summary>How many sessions there are.</summary>
    internal ServerLoad Load { get; } = new(Log);

    /// <summary>Who takes notices for the postmaster; null for nobody.</summary>
    internal ISessionNotices? Notices { get; init; }

    /// <summary>Who failed to log in.</summary>
    internal LoginThrottle Logins { get; } = new(Time);
}
