using PolicyMTA.Sdk;

namespace PolicyMTA.Filters.Spf;

/// <summary>The milter <c>spf</c>: <see cref="CheckSpf"/> at MAIL, so that its result is there for every list from then on. Who logged in or is one of <c>mynetworks</c> is not checked.</summary>
internal sealed class SpfMilter(string name, CheckSpf check) : IMilter
{
    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public ValueTask<IMilterSession?> StartAsync(ClientContext context, CancellationToken cancellationToken) => new(context.Client.IsInMyNetworks ? null : new Session(check));

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private sealed class Session(CheckSpf check) : IMilterSession
    {
        public ValueTask<Verdict> MailAsync(SenderContext context, CancellationToken cancellationToken) =>
            context.Sasl is not null ? new(Verdict.Dunno) : check.CheckAsync(context, cancellationToken);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
