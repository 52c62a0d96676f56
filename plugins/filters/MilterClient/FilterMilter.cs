using System.Net;
using PolicyMTA.Sdk;

namespace PolicyMTA.Filters.MilterClient;

/// <summary>A filter in a process of its own, which speaks the milter protocol. Every session has its own connection; where policies are only tried out, none.</summary>
internal sealed class FilterMilter(string name, EndPoint place, MacroNames names, TimeProvider time, bool isRehearsal = false) : IMilter
{
    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public async ValueTask<IMilterSession?> StartAsync(ClientContext context, CancellationToken cancellationToken) =>
        isRehearsal ? null : await FilterSession.OpenAsync(place, names, time, context, cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
