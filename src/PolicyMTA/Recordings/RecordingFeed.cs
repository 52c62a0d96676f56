using System.Threading.Channels;
using PolicyMTA.Policy.Recording;
using PolicyMTA.Sdk;

namespace PolicyMTA.Recordings;

/// <summary>Recordings of sessions, for the one who records. Who reads too slowly misses sessions, and is told how many; nobody waits for it. Thread-safe.</summary>
internal sealed class RecordingFeed : ISessionRecorder, IDisposable
{
    /// <summary>Bytes of the largest body that may be asked for.</summary>
    public const long MostBody = 16 << 20;

    /// <summary>Bytes that may wait for the reader.</summary>
    public const long MostWaiting = 64 << 20;

    private readonly Lock _gate = new();
    private volatile Reader? _reader;
    private bool _isClosed;

    /// <inheritdoc/>
    public bool IsWanted => _reader is not null;

    /// <inheritdoc/>
    public long LongestBody => _reader?.LongestBody ?? 0;

    /// <inheritdoc/>
    public long LongestSession => MostBody * 2;

    /// <inheritdoc/>
    public void Take(RecordedSession session) => _reader?.Offer(session);

    /// <summary>Records sessions that begin from now on, until it is disposed.</summary>
    /// <exception cref="TemporaryFailureException">Somebody records already, or the server is stopping.</exception>
    public Reader Open(long longestBody)
    {
        lock (_gate)
        {
            if (_isClosed) throw new TemporaryFailureException("the server is stopping");
            if (_reader is not null) throw new TemporaryFailureException("somebody records already");
            return _reader = new Reader(this, Math.Clamp(longestBody, 0, MostBody));
        }
    }

    /// <summary>Ends the reader; there is none any more.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isClosed = true;
            _reader?.End();
        }
    }

    private void Leave(Reader reader)
    {
        lock (_gate)
        {
            if (_reader == reader) _reader = null;
        }
    }

    /// <summary>Who records.</summary>
    internal sealed class Reader(RecordingFeed feed, long longestBody) : IDisposable
    {
        private readonly Channel<byte[]> _sessions = Channel.CreateUnbounded<byte[]>(new UnboundedChannelOptions { SingleReader = true });
        private long _waiting;
        private long _missed;

        /// <summary>Bytes of a message's body; a longer one is left out.</summary>
        public long LongestBody => longestBody;

        /// <summary>Sessions that are over, each as a line without its end; ends with the server.</summary>
        public ChannelReader<byte[]> Sessions => _sessions.Reader;

        /// <summary>How many were missed.</summary>
        public long Missed => Interlocked.Read(ref _missed);

        /// <summary>One was read: there is room for others.</summary>
        public void Done(byte[] session) => Interlocked.Add(ref _waiting, -session.Length);

        internal void Offer(RecordedSession session)
        {
            // What waits is bounded by its bytes; sessions that end together may each see room for themselves only.
            if (Interlocked.Read(ref _waiting) < MostWaiting)
            {
                var line = RecordingJson.Write(session);
                Interlocked.Add(ref _waiting, line.Length);
                if (_sessions.Writer.TryWrite(line)) return;
            }
            Interlocked.Increment(ref _missed);
        }

        internal void End() => _sessions.Writer.TryComplete();

        public void Dispose()
        {
            feed.Leave(this);
            End();
        }
    }
}
