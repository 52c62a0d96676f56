using PolicyMTA.Sdk;

namespace PolicyMTA.Receiving.Messages.Checks;

/// <summary>What a message becomes while it is checked. As long as nothing changes, nothing is written; from the first change on a second content is made, by way of a small buffer.</summary>
internal sealed class CheckedContent(IContentWriter original, Func<IContentWriter> create) : IAsyncDisposable
{
    private const int PieceSize = 64 * 1024;

    private readonly PooledBuffer _buffer = new();
    private IContentWriter? _changed;
    private long _kept;

    /// <summary>A line stays.</summary>
    internal ValueTask KeepAsync(ReadOnlyMemory<byte> line, CancellationToken cancellationToken)
    {
        if (_changed is not null) return WriteAsync(line, cancellationToken);
        _kept += line.Length;
        return ValueTask.CompletedTask;
    }

    /// <summary>Other bytes come, or none in the place of a line.</summary>
    internal async ValueTask ChangeAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        if (_changed is null)
        {
            _changed = create();
            await CopyStartAsync(_changed, cancellationToken);
        }
        await WriteAsync(bytes, cancellationToken);
    }

    /// <summary>Everything behind stays.</summary>
    internal async ValueTask KeepRestAsync(LineSource lines, CancellationToken cancellationToken)
    {
        if (_changed is null) return;
        for (ReadOnlyMemory<byte> line; (line = await lines.ReadAsync(cancellationToken)).Length > 0;) await WriteAsync(line, cancellationToken);
    }

    /// <summary>The changed content, which is the caller's now; null when nothing changed.</summary>
    internal async ValueTask<IContentWriter?> FinishAsync(CancellationToken cancellationToken)
    {
        if (_changed is not { } changed) return null;
        await changed.WriteAsync(_buffer.Written, cancellationToken);
        _changed = null;
        return changed;
    }

    public async ValueTask DisposeAsync()
    {
        _buffer.Dispose();
        if (_changed is { } abandoned) await abandoned.DisposeAsync();
    }

    private async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        bytes.CopyTo(_buffer.GetMemory(bytes.Length));
        _buffer.Advance(bytes.Length);
        if (_buffer.Written.Length < PieceSize) return;
        await _changed!.WriteAsync(_buffer.Written, cancellationToken);
        _buffer.Clear();
    }

    private async ValueTask CopyStartAsync(IContentWriter target, CancellationToken cancellationToken)
    {
        await using var stream = original.OpenRead();
        var piece = new byte[Math.Min(PieceSize, Math.Max(1, _kept))];
        for (var left = _kept; left > 0;)
        {
            var count = await stream.ReadAsync(piece.AsMemory(0, (int)Math.Min(piece.Length, left)), cancellationToken);
            if (count == 0) throw new IOException("the content became shorter while it was checked");
            await target.WriteAsync(piece.AsMemory(0, count), cancellationToken);
            left -= count;
        }
    }
}
