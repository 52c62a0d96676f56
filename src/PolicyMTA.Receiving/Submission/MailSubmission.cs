using Microsoft.Extensions.Logging;
using PolicyMTA.Leases;
using PolicyMTA.Queue;
using PolicyMTA.Sdk;

namespace PolicyMTA.Receiving.Submission;

/// <summary>Puts the server's own mail in the queue, as the generation in force treats local mail. Process-lived.</summary>
public sealed class MailSubmission(Current<ReceivingGeneration> current, MessageQueue queue, TimeProvider time, ILoggerFactory loggers) : IMailSubmission, IAsyncDisposable
{
    private static readonly SubmissionOutcome Stopping = new SubmissionOutcome.Deferred("the server stops");

    private readonly ILogger _log = loggers.CreateLogger("pickup");
    private readonly SemaphoreSlim _turn = new(1);
    private volatile bool _isClosed;

    /// <inheritdoc/>
    public bool IsOpen => !_isClosed;

    /// <inheritdoc/>
    public async ValueTask<SubmissionOutcome> SubmitAsync(ServerMail mail, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(mail);
        await _turn.WaitAsync(cancellationToken);
        try
        {
            return _isClosed ? Stopping : await TakeAsync(mail, cancellationToken);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Waits for the message that is under way; after it nothing is taken. The semaphore stays: a late caller may still ask it.</summary>
    public async ValueTask DisposeAsync()
    {
        _isClosed = true;
        await _turn.WaitAsync();
        _turn.Release();
    }

    private async Task<SubmissionOutcome> TakeAsync(ServerMail mail, CancellationToken cancellationToken)
    {
        await using var lease = current.Lease();
        var id = queue.NextId();
        try
        {
            return await new LocalAcceptance(lease.Value, queue, new WrittenMail(mail), id, time, _log).TakeAsync(cancellationToken) switch
            {
                LocalOutcome.Queued => new SubmissionOutcome.Queued(id),
                LocalOutcome.Deferred deferred => new SubmissionOutcome.Deferred(deferred.Reason),
                LocalOutcome.Refused refused => new SubmissionOutcome.Refused(refused.Text),
                _ => new SubmissionOutcome.Refused("a rule discarded it"),
            };
        }
        catch (InvalidDataException problem)
        {
            return new SubmissionOutcome.Refused(problem.Message);
        }
    }
}
