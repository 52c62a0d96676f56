namespace PolicyMTA.Delivery.Verification;

/// <summary>How many probes run at a time: in all, and at one destination, where some more may wait. Thread-safe.</summary>
internal sealed class ProbeGate(int total, int perDestination, int waitingPerDestination) : IDisposable
{
    private readonly SemaphoreSlim _total = new(total);
    private readonly Dictionary<string, Lane> _lanes = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();

    /// <summary>Waits for a place, and gives it back when what is returned is disposed; null when too many wait for that destination.</summary>
    public async ValueTask<IDisposable?> EnterAsync(string destination, CancellationToken cancellationToken)
    {
        if (Join(destination) is not { } lane) return null;
        try
        {
            await lane.Places.WaitAsync(cancellationToken);
        }
        catch
        {
            Leave(destination, lane);
            throw;
        }
        try
        {
            await _total.WaitAsync(cancellationToken);
        }
        catch
        {
            lane.Places.Release();
            Leave(destination, lane);
            throw;
        }
        return new Place(this, destination, lane);
    }

    public void Dispose() => _total.Dispose();

    private Lane? Join(string destination)
    {
        lock (_gate)
        {
            if (!_lanes.TryGetValue(destination, out var lane)) _lanes[destination] = lane = new Lane(perDestination);
            if (lane.Users >= perDestination + waitingPerDestination) return null;
            lane.Users++;
            return lane;
        }
    }

    private void Leave(string destination, Lane lane)
    {
        lock (_gate)
        {
            if (--lane.Users > 0) return;
            _lanes.Remove(destination);
        }
        lane.Places.Dispose();
    }

    private sealed class Lane(int places)
    {
        public SemaphoreSlim Places { get; } = new(places);
        public int Users { get; set; }
    }

    private sealed class Place(ProbeGate gate, string destination, Lane lane) : IDisposable
    {
        private bool _isGiven;

        public void Dispose()
        {
            if (_isGiven) return;
            _isGiven = true;
            gate._total.Release();
            lane.Places.Release();
            gate.Leave(destination, lane);
        }
    }
}
