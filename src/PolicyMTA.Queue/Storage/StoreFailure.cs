using PolicyMTA.Sdk;
using SQLitePCL;

namespace PolicyMTA.Queue.Storage;

/// <summary>What the database's result codes mean to the queue.</summary>
internal static class StoreFailure
{
    // The disk is also full when a write fails half way: SQLite then says "disk I/O error" with the write's extended code.
    private const int IoErrorWrite = raw.SQLITE_IOERR | (3 << 8);
    private const int IoErrorShmSize = raw.SQLITE_IOERR | (19 << 8);

    internal static Exception From(sqlite3 database, int result)
    {
        var code = raw.sqlite3_extended_errcode(database);
        var text = $"queue store: {raw.sqlite3_errmsg(database).utf8_to_string()} ({code})";
        return (result & 0xff) == raw.SQLITE_FULL || code is IoErrorWrite or IoErrorShmSize ? new InsufficientStorageException(text) : new TemporaryFailureException(text);
    }
}
