using PolicyMTA.Sdk;

namespace PolicyMTA.Filters.Scanning;

/// <summary>A milter that hands whole messages to a scanner; not where policies are only tried out. Mail of who logged in, of <c>mynetworks</c> and of this machine goes by unless the options want it scanned too.</summary>
internal sealed class ScannerMilter(string name, bool scansSubmissions, IMessageScan scan, bool isRehearsal) : IMilter
{
    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public ValueTask<IMilterSession?> StartAsync(ClientContext context, CancellationToken cancellationToken) =>
        new(isRehearsal || (context.Client.IsInMyNetworks && !scansSubmissions) ? null : new Session(scan, scansSubmissions));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await scan.DisposeAsync();

    private sealed class Session(IMessageScan scan, bool scansSubmissions) : IMilterSession
    {
        public ValueTask<Verdict> EndOfMessageAsync(EndOfDataContext context, IMilterEdits edits, CancellationToken cancellationToken) =>
            !scansSubmissions && (context.Sasl is not null || context is LocalSubmissionContext) ? new(Verdict.Dunno) : scan.RunAsync(context, edits, cancellationToken);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
