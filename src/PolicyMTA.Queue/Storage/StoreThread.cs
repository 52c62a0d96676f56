namespace PolicyMTA.Queue.Storage;

/// <summary>The thread that writes: one transaction after the other, so that a sync never blocks a thread of the pool.</summary>
internal sealed class StoreThread : IAsyncDisposable
{
    // A monitor, because its Wait sleeps at once: a semaphore spins first, which costs more than the hand-over it saves.
    private readonly object _gate = new();
    private readonly Queue<Action> _work = new();
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
            Monitor.Pulse(_gate);
        }
        return done.Task;
    }

    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            _isClosed = true;
            Monitor.Pulse(_gate);
        }
        await _ended.Task;
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
        while (Next() is { } work) work();
        _ended.SetResult();
    }

    /// <summary>The next piece of work; null when the thread is closed and has done all.</summary>
    private Action? Next()
    {
        lock (_gate)
        {
            while (_work.Count == 0 && !_isClosed) Monitor.Wait(_gate);
            return _work.TryDequeue(out var work) ? work : null;
        }
    }
}
