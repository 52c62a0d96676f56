namespace PolicyMTA.Queue.Storage;

/// <summary>Free bytes of a folder's file system, asked for at most once a second.</summary>
internal sealed class FreeSpaceGauge(string folder, TimeProvider time)
{
    private static readonly TimeSpan Age = TimeSpan.FromSeconds(1);

    private readonly DriveInfo _drive = new(Path.GetFullPath(folder));
    private readonly Lock _gate = new();
    private long _bytes, _taken;

    internal long Bytes
    {
        get
        {
            lock (_gate)
            {
                if (_taken != 0 && time.GetElapsedTime(_taken) < Age) return _bytes;
                _taken = time.GetTimestamp();
                return _bytes = _drive.AvailableFreeSpace;
            }
        }
    }
}
