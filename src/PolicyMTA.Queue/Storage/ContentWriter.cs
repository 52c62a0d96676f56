using System.Buffers;
using PolicyMTA.Sdk;

namespace PolicyMTA.Queue.Storage;

/// <summary>
/// Bytes of a message to come: in a pooled array up to the inline limit, from then on in a spool file. Once committed the array is left to the garbage
/// collector and never given back, because a delivery may still read it.
/// </summary>
internal sealed class ContentWriter : IContentWriter
{
    private const int FirstSize = 4096;

    private readonly SpoolFolder _spool;
    private readonly int _inlineLimit;
    private byte[] _buffer = [];
    private FileStream? _file;
    private ContentHash _hash = new();
    private bool _isSynced, _isKept;

    internal ContentWriter(SpoolFolder spool, int inlineLimit) => (_spool, _inlineLimit) = (spool, inlineLimit);

    public long Length { get; private set; }

    // A bare null would become an empty memory here.
    public ReadOnlyMemory<byte>? Memory => SpoolName is null ? new ReadOnlyMemory<byte>(_buffer, 0, (int)Length) : default(ReadOnlyMemory<byte>?);

    /// <summary>The file that holds the bytes; null while they are in memory.</summary>
    internal string? SpoolName { get; private set; }

    internal ContentHash Hash => _hash;

    public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        if (SpoolName is not null || Length + bytes.Length > _inlineLimit) return SpoolAsync(bytes, cancellationToken);
        if (Length + bytes.Length > _buffer.Length) Grow((int)Length + bytes.Length);
        bytes.Span.CopyTo(_buffer.AsSpan((int)Length));
        Length += bytes.Length;
        _hash.Append(bytes.Span);
        return ValueTask.CompletedTask;
    }

    public Stream OpenRead() => SpoolName is null
        ? new ContentStream([Memory!.Value], null)
        : new FileStream(_spool.PathOf(SpoolName), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, ContentStream.BufferSize, useAsync: false);

    /// <summary>Puts a spool file on stable storage; nothing to do for what is in memory.</summary>
    internal void Sync()
    {
        if (_file is null || _isSynced) return;
        try { _spool.Sync(SpoolName!, _file); }
        catch (IOException failure) when (IsFull(failure)) { throw new InsufficientStorageException("the spool folder is full", failure); }
        catch (IOException failure) { throw new TemporaryFailureException("the spool file can't be synced", failure); }
        _isSynced = true;
    }

    /// <summary>The store has it now.</summary>
    internal void Keep()
    {
        _isKept = true;
        _file?.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        if (_isKept) return;
        _isKept = true;
        if (_buffer.Length > 0) ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        Length = 0;
        if (_file is null) return;
        await _file.DisposeAsync();
        _spool.Delete(SpoolName!);
    }

    private void Grow(int needed)
    {
        var larger = ArrayPool<byte>.Shared.Rent(Math.Min(Math.Max(Math.Max(FirstSize, needed), _buffer.Length * 2), Math.Max(_inlineLimit, needed)));
        _buffer.AsSpan(0, (int)Length).CopyTo(larger);
        if (_buffer.Length > 0) ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }

    private async ValueTask SpoolAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        try
        {
            if (_file is null) await MoveToFileAsync(cancellationToken);
            await _file!.WriteAsync(bytes, cancellationToken);
        }
        catch (IOException failure) when (IsFull(failure)) { throw new InsufficientStorageException("the spool folder is full", failure); }
        catch (IOException failure) { throw new TemporaryFailureException("the spool file can't be written", failure); }
        Length += bytes.Length;
        _isSynced = false;
        _hash.Append(bytes.Span);
    }

    private async ValueTask MoveToFileAsync(CancellationToken cancellationToken)
    {
        var memory = _buffer.AsMemory(0, (int)Length);
        (SpoolName, _file) = _spool.Create();
        await _file.WriteAsync(memory, cancellationToken);
        if (_buffer.Length > 0) ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }

    // The base library gives errno in the low bits: ENOSPC, EDQUOT.
    private static bool IsFull(IOException failure) => (failure.HResult & 0xffff) is 28 or 122 or 0x70;
}
