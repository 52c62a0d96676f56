using PolicyMTA.Sdk;

namespace PolicyMTA.Filters.Scanning;

/// <summary>How one kind of scanner judges a message. Called by many sessions at once.</summary>
internal interface IMessageScan : IAsyncDisposable
{
    /// <summary>Asks the scanner and does what it says.</summary>
    /// <exception cref="TemporaryFailureException">It could not be asked; nothing was changed.</exception>
    ValueTask<Verdict> RunAsync(EndOfDataContext context, IMilterEdits edits, CancellationToken cancellationToken);
}
