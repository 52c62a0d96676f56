namespace PolicyMTA.Queue.Storage;

/// <summary>The thread that writes: one transaction after the other, so that a sync never blocks a thread of the pool.</summary>
internal sealed class StoreThread : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly Queue<Action> _work = new();
    private readonly SemaphoreSlim _waiting = new(0);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _isClosed;

    internal StoreThread(string name) => new Thread(Loop) { IsBackground = true, Name = name }.Start();

    /// <summary>Runs work on the thread. With <paramref name="continueThere"/> what awaits it goes on on this thread, which spares a busy committer a hand-over a batch.</summary>
    internal Task<T> RunAsync<T>(Func<T> work, bool continueThere)
    {
        var done = new TaskCompletionSource<T>(continueThere ? TaskCreationOptions.None : TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            _work.Enqueue(() => Complete(work, done));
        }
        _waiting.Release();
        return done.Task;
    }

    public async ValueTask DisposeAsync()
    {
        lock (_gate) _isClosed = true;
        _waiting.Release();
        await _ended.Task;
        _waiting.Dispose();
    }

    private static void Complete<T>(Func<T> work, TaskCompletionSource<T> done)
    {
        T result;
        try { result = work(); }
        catch (Exception failure)
        {
            done.SetException(failure);
            return;
        }
        done.SetResult(result);
    }

    private void Loop()
    {
        while (true)
        {
            _waiting.Wait();
            Action? work;
            lock (_gate)
            {
                if (!_work.TryDequeue(out work) && _isClosed) break;
            }
            work?.Invoke();
        }
        _ended.SetResult();
    }
}
