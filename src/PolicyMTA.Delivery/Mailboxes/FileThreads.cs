using System.Threading.Channels;

namespace PolicyMTA.Delivery.Mailboxes;

/// <summary>
/// A few threads for calls that block in the kernel (write, fsync, rename), so that slow disks never hold up the threads sessions run on.
/// Thread-safe. Disposing waits for what was begun.
/// </summary>
internal sealed class FileThreads : IAsyncDisposable
{
    private readonly Channel<Action> _work = Channel.CreateUnbounded<Action>();
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

    public Task<T> RunAsync<T>(Func<T> work)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        var isQueued = _work.Writer.TryWrite(() =>
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
        ObjectDisposedException.ThrowIf(!isQueued, this);
        return done.Task;
    }

    public async ValueTask DisposeAsync()
    {
        _work.Writer.TryComplete();
        await Task.WhenAll(_ends.Select(e => e.Task));
    }

    // Waiting without a thread pool: a blocking read of the channel is what these threads are for.
    private void Run(TaskCompletionSource end)
    {
        while (_work.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            while (_work.Reader.TryRead(out var work)) work();
        }
        end.SetResult();
    }
}
