namespace PolicyMTA.Policy.Lists;

/// <summary>
/// The token that restrictions of a session observe. Most answer at once, so nothing is armed before one is awaited; a rule that overstays is left behind with
/// its token ended. Belongs to the session.
/// </summary>
internal sealed class RuleDeadline(TimeProvider time)
{
    private CancellationTokenSource? _source;

    public CancellationToken Token => (_source ??= new CancellationTokenSource()).Token;

    /// <summary>Awaits what was started with <see cref="Token"/>; throws <see cref="TimeoutException"/> when it takes longer.</summary>
    public async ValueTask<T> WaitAsync<T>(Task<T> started, TimeSpan budget, CancellationToken cancellationToken)
    {
        try
        {
            return await started.WaitAsync(budget, time, cancellationToken);
        }
        finally
        {
            if (!started.IsCompleted) await LeaveBehindAsync(started);
        }
    }

    private async Task LeaveBehindAsync(Task started)
    {
        var source = _source;
        _source = null;
        _ = started.ContinueWith(static t => t.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        if (source is not null) await source.CancelAsync();
    }

    public void End()
    {
        _source?.Dispose();
        _source = null;
    }
}
