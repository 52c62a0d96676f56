using System.Collections.Concurrent;

namespace PolicyMTA.Authentication.Passwords.Pam;

/// <summary>A few threads for PAM, whose modules block for as long as they like, so that no session's thread ever does. The line before them has an end. Thread-safe.</summary>
internal sealed class PamThreads : IAsyncDisposable
{
    internal const int Count = 8;
    // With more in line the last would wait for longer than a client does.
    internal const int WaitingLimit = 100;

    // A module that never comes back must not hold up a reload for ever.
    private static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(10);

    private readonly BlockingCollection<Action> _work = new(WaitingLimit);
    private readonly TaskCompletionSource[] _ends = new TaskCompletionSource[Count];

    internal PamThreads()
    {
        for (var i = 0; i < Count; i++)
        {
            var end = _ends[i] = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            new Thread(() => Run(end)) { IsBackground = true, Name = "pam" }.Start();
        }
    }

    /// <summary>The work's result; null when too many are in line.</summary>
    internal Task<T>? Run<T>(Func<T> work)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        var isTaken = _work.TryAdd(() =>
        {
            try
            {
                done.SetResult(work());
            }
            catch (Exception error)
            {
                done.SetException(error);
            }
        });
        return isTaken ? done.Task : null;
    }

    public async ValueTask DisposeAsync()
    {
        _work.CompleteAdding();
        try
        {
            await Task.WhenAll(_ends.Select(e => e.Task)).WaitAsync(EndPatience, TimeProvider.System);
            _work.Dispose();
        }
        catch (TimeoutException)
        {
            // The thread ends when its module comes back.
        }
    }

    private void Run(TaskCompletionSource end)
    {
        foreach (var work in _work.GetConsumingEnumerable()) work();
        end.SetResult();
    }
}
