namespace PolicyMTA.Lookups.Sqlite;

/// <summary>SQLite refuses the query; the text says why.</summary>
internal sealed class SqliteQueryException(string message) : Exception(message);
