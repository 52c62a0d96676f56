using PolicyMTA.Sdk;
using SQLitePCL;

namespace PolicyMTA.Queue.Storage;

/// <summary>What the database's result codes mean to the queue.</summary>
internal static class StoreFailure
{
    // The disk is also full when a write fails half way: SQLite then says "disk I/O error" with the write's extended code.
    private const int IoErrorWrite = raw.SQLITE_IOERR | (3 << 8);
    private const int IoErrorShmSize = raw.SQLITE_IOERR | (19 << 8);

    /// <summary>It is what is stored that is wrong, not the disk or the moment.</summary>
    internal static bool IsDamage(Exception failure) => failure is not (TemporaryFailureException or InsufficientStorageException) || failure.InnerException is InvalidDataException;

    internal static Exception From(sqlite3 database, int result)
    {
        var code = raw.sqlite3_extended_errcode(database);
        var text = $"queue store: {raw.sqlite3_errmsg(database).utf8_to_string()} ({code})";
        if ((result & 0xff) is raw.SQLITE_CORRUPT or raw.SQLITE_MISUSE or raw.SQLITE_RANGE or raw.SQLITE_MISMATCH) return new TemporaryFailureException(text, new InvalidDataException(text));
        return (result & 0xff) == raw.SQLITE_FULL || code is IoErrorWrite or IoErrorShmSize ? new InsufficientStorageException(text) : new TemporaryFailureException(text);
    }
}
