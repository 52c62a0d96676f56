using Microsoft.Extensions.Logging;
using PolicyMTA.Metrics;
using PolicyMTA.Sdk;

namespace PolicyMTA.Generations;

/// <summary>What lives as long as the process and every generation may use.</summary>
internal sealed record World(ILoggerFactory Logging, TimeProvider Time, IDnsResolver Dns, ICounterStore? Counters, IAddressVerifier Verifier, IMailSubmission Submission)
{
    /// <summary>What the server counts.</summary>
    public ServerMetrics Metrics { get; } = new();
}
