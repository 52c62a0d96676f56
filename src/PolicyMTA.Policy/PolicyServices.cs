using Microsoft.Extensions.Logging;
using PolicyMTA.Policy.Recording;
using PolicyMTA.Sdk;

namespace PolicyMTA.Policy;

/// <summary>The world as policies reach it: nothing else can be reached from one. Everything here is thread-safe.</summary>
public sealed record PolicyServices
{
    /// <summary>Lookup tables of the generation; opened while it is built, and by name when a policy computes the name.</summary>
    public required ILookupTables Tables { get; init; }
    /// <summary>DNS.</summary>
    public required IDnsResolver Dns { get; init; }
    /// <summary>Whether addresses take mail; null: a policy that asks fails.</summary>
    public IAddressVerifier? Verifier { get; init; }
    /// <summary>Rates, greylists and counters; null: a policy that asks for one fails.</summary>
    public ICounterStore? Counters { get; init; }
    /// <summary>Endpoints and counts; null: a policy that asks for one fails.</summary>
    public IPolicyEndpoints? Endpoints { get; init; }
    /// <summary>The clock, which is <c>Date</c> for policies too.</summary>
    public required TimeProvider Time { get; init; }
    /// <summary>The log.</summary>
    public required ILogger Logger { get; init; }
    /// <summary>What each rule was asked and said.</summary>
    public RuleLedger Rules { get; init; } = new();
    /// <summary>Who takes the traces of real sessions; null for nobody.</summary>
    public IDecisionRecorder? Recorder { get; init; }
    /// <summary>Who takes recordings of whole sessions; null for nobody.</summary>
    public ISessionRecorder? Sessions { get; init; }
    /// <summary>Gives a session's random seed, so that a recorded one can be played again.</summary>
    public Func<int> Seed { get; init; } = static () => Random.Shared.Next();
}
