using System.Diagnostics.Metrics;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using PolicyMTA.Sdk;

namespace PolicyMTA.Restrictions.PolicyService;

/// <summary>
/// <c>check_policy_service</c>: what the service answers is done as if it stood in an access table. One that is slow, dead or talks nonsense gives the default action,
/// and a log line at most once a minute.
/// </summary>
internal sealed partial class CheckPolicyService(ServiceOptions options, IPluginServices services) : IRestriction<ClientContext>, IDisposable
{
    /// <summary>All tries together: the core ends a restriction after 100 s, and the default action has to come before.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan Silence = TimeSpan.FromMinutes(1);

    private readonly ServicePool _pool = new(options, services.Time);
    private readonly Counter<long> _failures = services.Meter.CreateCounter<long>("policymta_policy_service_failures_total", null, "Questions that a policy service did not answer: the default action was taken.");
    private readonly Lock _gate = new();
    private long? _lastWarning;

    /// <inheritdoc/>
    public async ValueTask<Verdict> CheckAsync(ClientContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        // Nobody outside is asked where policies are only tried out.
        if (services.IsRehearsal) return Verdict.Dunno;
        var question = PolicyRequest.Write(context, options.PolicyContext);
        using var limit = new CancellationTokenSource(Patience, services.Time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        string cause;
        try
        {
            var (action, failure) = await TryAsync(question, both.Token);
            if (action is not null && options.Act(action) is { } verdict) return verdict;
            cause = failure ?? "its action is none of access(5)";
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            cause = $"no answer within {Patience.TotalSeconds} s";
        }
        _failures.Add(1, new KeyValuePair<string, object?>("service", options.Name));
        if (MayWarn()) Log.Failed(services.Logger, options.Name, cause, options.DefaultAction);
        return options.Act(options.DefaultAction)!;
    }

    public void Dispose() => _pool.Dispose();

    private async ValueTask<(string? Action, string? Failure)> TryAsync(byte[] question, CancellationToken cancellationToken)
    {
        for (var tries = 1; ; tries++)
        {
            string failure;
            using var limit = new CancellationTokenSource(options.Timeout, services.Time);
            using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
            try
            {
                return (await _pool.AskAsync(question, both.Token), null);
            }
            catch (Exception error) when (error is IOException or SocketException or InvalidDataException)
            {
                failure = error.Message;
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                failure = $"no answer within {options.Timeout.TotalSeconds} s";
            }
            if (tries >= options.TryLimit) return (null, failure);
            await Task.Delay(options.RetryDelay, services.Time, cancellationToken);
        }
    }

    private bool MayWarn()
    {
        lock (_gate)
        {
            if (_lastWarning is { } last && services.Time.GetElapsedTime(last) < Silence) return false;
            _lastWarning = services.Time.GetTimestamp();
            return true;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "policy service {Service}: {Cause}; taking the default action '{Action}'")]
        public static partial void Failed(ILogger logger, string service, string cause, string action);
    }
}
