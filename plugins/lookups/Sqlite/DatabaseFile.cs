namespace PolicyMTA.Lookups.Sqlite;

/// <summary>
/// Watches that the file behind a path is still the one that connections have open: a database that was moved away or put in its place anew would
/// otherwise go on answering from the old one. Thread-safe.
/// </summary>
internal sealed class DatabaseFile(string path, TimeProvider time)
{
    // A look costs two system calls; mail does not notice a second.
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private DateTime _created = Created(path);
    private long _looked = time.GetTimestamp();
    private bool _isMissing;

    internal enum State
    {
        Same,
        Replaced,
        Missing,
    }

    /// <summary>What has become of the file; <see cref="State.Replaced"/> is said once.</summary>
    internal State Look()
    {
        lock (_gate)
        {
            if (!_isMissing && time.GetElapsedTime(_looked) < Interval) return State.Same;
            _looked = time.GetTimestamp();
            _isMissing = !File.Exists(path);
            if (_isMissing) return State.Missing;
            var created = Created(path);
            if (created == _created) return State.Same;
            _created = created;
            return State.Replaced;
        }
    }

    private static DateTime Created(string path) => File.GetCreationTimeUtc(File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path);
}
