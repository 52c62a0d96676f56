using System.Net;
using PolicyMTA.Filters.Dmarc.Reports;
using PolicyMTA.Sdk;

namespace PolicyMTA.Filters.Dmarc;

/// <summary>
/// The milter <c>dmarc</c>: at the end of a message it reads what SPF and DKIM found, so it stands behind them in the list, adds its own result and applies the policy of the
/// author's domain as far as the options say. What one of <c>mynetworks</c> sends is not checked.
/// </summary>
internal sealed class DmarcMilter(string name, MessageCheck check, DmarcOptions options, EvaluationRecorder? recorder = null) : IMilter
{
    private readonly List<IPNetwork> _ignored = DmarcOptions.Networks(options.IgnoreHosts);

    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public ValueTask<IMilterSession?> StartAsync(ClientContext context, CancellationToken cancellationToken)
    {
        var client = context.Client;
        return new(client.IsInMyNetworks || _ignored.Exists(network => network.Contains(client.Address)) ? null : new DmarcSession(check, options, recorder));
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
