using System.Collections.Concurrent;

namespace PolicyMTA.Delivery.Mailboxes;

/// <summary>
/// A few threads for calls that block in the kernel (write, fsync, rename), so that slow disks never hold up the threads sessions run on.
/// Thread-safe. Disposing waits for what was begun.
/// </summary>
internal sealed class FileThreads : IAsyncDisposable
{
    private readonly BlockingCollection<Action> _work = [];
    private readonly TaskCompletionSource[] _ends;

    public FileThreads(int count)
    {
        _ends = new TaskCompletionSource[count];
        for (var i = 0; i < count; i++)
        {
            var end = _ends[i] = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            new Thread(() => Run(end)) { IsBackground = true, Name = "maildir" }.Start();
        }
    }

    public Task RunAsync(Action work)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _work.Add(() =>
        {
            try
            {
                work();
                done.SetResult();
            }
            catch (Exception error)
            {
                done.SetException(error);
            }
        });
        return done.Task;
    }

    public async ValueTask DisposeAsync()
    {
        _work.CompleteAdding();
        await Task.WhenAll(_ends.Select(e => e.Task));
        _work.Dispose();
    }

    private void Run(TaskCompletionSource end)
    {
        foreach (var work in _work.GetConsumingEnumerable()) work();
        end.SetResult();
    }
}
