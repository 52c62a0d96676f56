using Microsoft.Extensions.Logging;
using PolicyMTA.Endpoints;
using PolicyMTA.Metrics;
using PolicyMTA.Policy;
using PolicyMTA.Policy.Recording;
using PolicyMTA.Receiving.Milters;
using PolicyMTA.Sdk;

namespace PolicyMTA.Generations;

/// <summary>What lives as long as the process and every generation may use.</summary>
internal sealed record World(ILoggerFactory Logging, TimeProvider Time, IDnsResolver Dns, ICounterStore? Counters, IAddressVerifier Verifier, IMailSubmission Submission)
{
    /// <summary>What the server counts.</summary>
    public ServerMetrics Metrics { get; } = new();

    /// <summary>What rules were asked and said.</summary>
    public RuleLedger Rules { get; } = new();

    /// <summary>What policies count.</summary>
    public PolicyCounters PolicyCounters => field ??= new PolicyCounters(Metrics.CreateMeter("PolicyMTA.Policies"));

    /// <summary>What milters failed to do.</summary>
    public MilterFailures MilterFailures => field ??= new MilterFailures(Metrics.CreateMeter("PolicyMTA.Milters"), Time);

    /// <summary>How often the shadow set agreed.</summary>
    public ShadowCounts Shadow { get; } = new();

    /// <summary>What stands for the outside where policies are only tried out; null in a server.</summary>
    public IRehearsal? Rehearsal { get; init; }

    /// <summary>Who takes the traces of sessions; null for nobody.</summary>
    public IDecisionRecorder? Recorder { get; init; }

    /// <summary>Who takes recordings of sessions; null for nobody.</summary>
    public ISessionRecorder? Sessions { get; init; }
}
