using System.Collections.Immutable;
using System.Threading.Channels;
using PolicyMTA.Policy;
using PolicyMTA.Sdk;

namespace PolicyMTA.Traces;

/// <summary>Live traces for who watches. A reader that is too slow misses some, and is told how many; nobody waits for it. Thread-safe.</summary>
internal sealed class TraceFeed
{
    /// <summary>How many may watch at a time.</summary>
    public const int MostReaders = 16;

    /// <summary>How many traces wait for one reader.</summary>
    public const int Waiting = 1000;

    private readonly Lock _gate = new();
    private ImmutableArray<Reader> _readers = [];
    private bool _isClosed;

    /// <summary>True while somebody watches.</summary>
    public bool HasReaders => !_readers.IsEmpty;

    /// <summary>Tells all who watch.</summary>
    public void Publish(DecisionTrace trace)
    {
        foreach (var reader in _readers) reader.Offer(trace);
    }

    /// <summary>Watches from now on until it is disposed.</summary>
    /// <exception cref="TemporaryFailureException">Too many do.</exception>
    public Reader Open(bool rejects)
    {
        var reader = new Reader(this, rejects);
        lock (_gate)
        {
            if (_isClosed) throw new TemporaryFailureException("the server is stopping");
            if (_readers.Length >= MostReaders) throw new TemporaryFailureException($"{MostReaders} watch already; end one of them");
            _readers = _readers.Add(reader);
        }
        return reader;
    }

    /// <summary>Ends all readers.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _isClosed = true;
            foreach (var reader in _readers) reader.End();
        }
    }

    private void Leave(Reader reader)
    {
        lock (_gate) _readers = _readers.Remove(reader);
    }

    /// <summary>One who watches.</summary>
    internal sealed class Reader(TraceFeed feed, bool rejects) : IDisposable
    {
        private readonly Channel<DecisionTrace> _waiting = Channel.CreateBounded<DecisionTrace>(new BoundedChannelOptions(Waiting) { SingleReader = true });
        private long _missed;

        /// <summary>What comes; ends with the server.</summary>
        public ChannelReader<DecisionTrace> Traces => _waiting.Reader;

        /// <summary>How many were missed since this was asked last.</summary>
        public long TakeMissed() => Interlocked.Exchange(ref _missed, 0);

        internal void Offer(DecisionTrace trace)
        {
            if (rejects && !trace.HasRefusal) return;
            if (!_waiting.Writer.TryWrite(trace)) Interlocked.Increment(ref _missed);
        }

        internal void End() => _waiting.Writer.TryComplete();

        public void Dispose()
        {
            feed.Leave(this);
            End();
        }
    }
}
