using System.Globalization;

namespace PolicyMTA.Receiving.Submission;

/// <summary>
/// Puts one message into the maildrop folder so that it is there wholly and durably, or not at all: written under a name that nobody looks at, synced, then renamed.
/// Needs no server. One writer at a time.
/// </summary>
public sealed class DropWriter : IAsyncDisposable
{
    /// <summary>How names of finished drops begin.</summary>
    internal const string Finished = "drop-";
    /// <summary>How names of unfinished ones begin.</summary>
    internal const string Unfinished = "tmp-";

    private readonly string _folder;
    private readonly string _name;
    private readonly FileStream _file;
    private bool _isFinished;

    private DropWriter(string folder, TimeProvider time)
    {
        (_folder, _name) = (folder, string.Create(CultureInfo.InvariantCulture, $"{time.GetUtcNow().ToUnixTimeMilliseconds():d15}-{Guid.NewGuid():N}"));
        // The server's group may read it where the folder hands its own group on (chmod g+s); others never.
        var isShared = (File.GetUnixFileMode(folder) & UnixFileMode.SetGroup) != 0;
        var mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | (isShared ? UnixFileMode.GroupRead : UnixFileMode.None);
        _file = new FileStream(PathOf(Unfinished), new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = mode, BufferSize = 64 * 1024 });
        // The umask must not keep the group out.
        File.SetUnixFileMode(_file.SafeFileHandle, mode);
        _file.Write(new byte[DropHeader.Length]);
    }

    /// <summary>Bytes of the content so far.</summary>
    public long Length { get; private set; }

    /// <summary>Begins a drop.</summary>
    /// <exception cref="IOException">The folder is not there, or full.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not submit.</exception>
    public static DropWriter Create(string folder, TimeProvider time) => new(folder, time);

    /// <summary>Appends to the content.</summary>
    public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        Length += bytes.Length;
        return _file.WriteAsync(bytes, cancellationToken);
    }

    /// <summary>Completes the drop: once this returns, the message is safe.</summary>
    /// <exception cref="IOException">The disk is full or broken; nothing was submitted.</exception>
    public async ValueTask FinishAsync(SubmittedEnvelope envelope, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(envelope);
        var json = envelope.Write();
        await _file.WriteAsync(json, cancellationToken);
        _file.Position = 0;
        await _file.WriteAsync(new DropHeader(Length, json.Length).Write(), cancellationToken);
        _file.Flush(flushToDisk: true);
        await _file.DisposeAsync();
        // Overwriting is what makes it one rename: the other way links first, and a file of two names is not picked up.
        File.Move(PathOf(Unfinished), PathOf(Finished), overwrite: true);
        SystemFile.SyncFolder(_folder);
        _isFinished = true;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_isFinished) return;
        await _file.DisposeAsync();
        File.Delete(PathOf(Unfinished));
    }

    private string PathOf(string state) => Path.Combine(_folder, state + _name);
}
