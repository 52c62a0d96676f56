namespace PolicyMTA.Queue.Storage;

/// <summary>
/// Moves committed pages from the log into the database on a thread and a connection of its own, so that commits don't wait for it. While commits never
/// pause the log can't start over; the store's thread then does the short rest between two of them.
/// </summary>
internal sealed class Checkpointer : IAsyncDisposable
{
    private const int PagesBetween = 2000, PagesAtMost = 8000, PageSize = 4096;

    private readonly Database _database;
    private readonly Action _finish;
    private readonly SemaphoreSlim _wanted = new(0, 1);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _pages;
    private volatile bool _isClosed;

    /// <param name="database">Its own connection.</param>
    /// <param name="finish">Asks the store's thread to checkpoint between two commits.</param>
    internal Checkpointer(Database database, Action finish)
    {
        (_database, _finish) = (database, finish);
        new Thread(Loop) { IsBackground = true, Name = "queue checkpoint" }.Start();
    }

    /// <summary>Told by the store's thread after each commit, with a guess at what it wrote.</summary>
    internal void Committed(long bytes)
    {
        _pages += (int)(bytes / PageSize) + 1;
        if (_pages < PagesBetween || _wanted.CurrentCount > 0) return;
        _pages = 0;
        _wanted.Release();
    }

    public async ValueTask DisposeAsync()
    {
        _isClosed = true;
        if (_wanted.CurrentCount == 0) _wanted.Release();
        await _ended.Task;
        _wanted.Dispose();
        _database.Dispose();
    }

    /// <summary>Checkpoints as far as is possible without waiting for anybody; pages in the log.</summary>
    internal static long Run(Database database)
    {
        using var statement = database.Prepare("PRAGMA wal_checkpoint(PASSIVE)");
        return statement.Read() ? statement.Number(1) : 0;
    }

    /// <summary>The same; 0 when it fails. The log only grows then, and the next one may work; a full disk is told to those who commit.</summary>
    internal static long TryRun(Database database)
    {
        try { return Run(database); }
        catch (Exception failure) when (failure is Sdk.TemporaryFailureException or Sdk.InsufficientStorageException) { return 0; }
    }

    private void Loop()
    {
        while (true)
        {
            _wanted.Wait();
            if (_isClosed) break;
            if (TryRun(_database) > PagesAtMost) _finish();
        }
        _ended.SetResult();
    }
}
