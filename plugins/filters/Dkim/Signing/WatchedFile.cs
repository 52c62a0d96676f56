using PolicyMTA.Sdk;

namespace PolicyMTA.Filters.Dkim.Signing;

/// <summary>What a file holds, read again when it changes, looked at once a second at most. While it can't be read or is wrong, what it held last stays in force. Thread-safe.</summary>
internal sealed class WatchedFile<T>(string path, Func<string, T> parse, TimeProvider time, Action<string> complain) where T : class
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private T? _content;
    private (DateTime Written, long Length) _seen;
    private long _lookedAt;

    /// <summary>What it holds.</summary>
    /// <exception cref="ConfigurationException">It has never been read, and can't be.</exception>
    internal T Content
    {
        get
        {
            if (_content is { } known && time.GetElapsedTime(Interlocked.Read(ref _lookedAt)) < Interval) return known;
            lock (_gate) return Look();
        }
    }

    private T Look()
    {
        Interlocked.Exchange(ref _lookedAt, time.GetTimestamp());
        try
        {
            var file = new FileInfo(path);
            var now = (file.LastWriteTimeUtc, file.Exists ? file.Length : -1);
            if (_content is not null && now == _seen) return _content;
            _content = parse(File.ReadAllText(path));
            _seen = now;
            return _content;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ConfigurationException)
        {
            var problem = $"{path}: {error.Message}";
            if (_content is null) throw new ConfigurationException(problem, error);
            complain(problem);
            return _content;
        }
    }
}
