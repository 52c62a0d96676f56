using Microsoft.Extensions.Logging;
using PolicyMTA.Sdk;

namespace PolicyMTA.Policy.Shadow;

/// <summary>The world as the shadow set reaches it.</summary>
internal static class ShadowServices
{
    private static readonly TimeSpan Budget = TimeSpan.FromSeconds(1);

    /// <summary>The same options, with nothing that could be felt outside.</summary>
    public static PolicyLoadOptions Of(PolicyLoadOptions options) => options with
    {
        Limits = options.Limits with { Budget = Less(options.Limits.Budget), RestrictionBudget = Less(options.Limits.RestrictionBudget), Delay = TimeSpan.Zero },
        Services = options.Services with
        {
            Counters = options.Services.Counters is { } store ? new ShadowCounters(store) : null,
            Verifier = options.Services.Verifier is null ? null : new NoProbes(),
            Endpoints = options.Services.Endpoints is null ? null : new NoEndpoints(),
            Logger = new WarningsOnly(options.Services.Logger),
            Rules = new RuleLedger(),
            Recorder = null,
            Sessions = null,
        },
    };

    private static TimeSpan Less(TimeSpan budget) => budget < Budget ? budget : Budget;

    /// <summary>Others would see our probes.</summary>
    private sealed class NoProbes : IAddressVerifier
    {
        public ValueTask<AddressVerification> VerifyAsync(Address address, bool isUnderStress, CancellationToken cancellationToken) =>
            new(new AddressVerification(AddressStanding.InProgress, "the shadow set probes nobody"));
    }

    /// <summary>Others would be asked twice, and told of what did not happen.</summary>
    private sealed class NoEndpoints : IPolicyEndpoints
    {
        public ValueTask<string> CallAsync(string name, string request, CancellationToken cancellationToken) => throw new TemporaryFailureException("the shadow set asks nobody over HTTP");

        public void Tell(string name, string data) { }

        public void Count(string name, double value) { }
    }

    /// <summary>What the shadow set does is not what happened: only its trouble is told, and as its own.</summary>
    private sealed class WarningsOnly(ILogger log) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => log.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning && log.IsEnabled(logLevel);

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel)) log.Log(logLevel, eventId, state, exception, (s, e) => "shadow: " + formatter(s, e));
        }
    }
}
