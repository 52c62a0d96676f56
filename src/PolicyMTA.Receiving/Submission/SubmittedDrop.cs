using System.Buffers;
using Microsoft.Win32.SafeHandles;
using PolicyMTA.Receiving.Messages;
using PolicyMTA.Sdk;

namespace PolicyMTA.Receiving.Submission;

/// <summary>A drop file that is open: its envelope is read, its content can be. One reader at a time.</summary>
internal sealed class SubmittedDrop : ILocalMail, IDisposable
{
    private const int PieceSize = 64 * 1024;

    private readonly SafeFileHandle _file;
    private readonly DropHeader _header;

    private SubmittedDrop(SafeFileHandle file, DropHeader header, SubmittedEnvelope envelope, LocalUser user) => (_file, _header, Envelope, User) = (file, header, envelope, user);

    public SubmittedEnvelope Envelope { get; }

    /// <summary>The file's owner: who submitted it, by the system's word.</summary>
    public LocalUser User { get; }

    /// <summary>Nothing is delivered before its drop is gone, else a crash between the two would repeat it; then it is made due.</summary>
    public TimeSpan Grace { get; } = TimeSpan.FromSeconds(30);

    /// <inheritdoc/>
    public bool IsOfUser => true;

    /// <inheritdoc/>
    public bool IsReturned => true;

    /// <summary>Bytes of the content as submitted.</summary>
    internal long Length => _header.ContentLength;

    /// <exception cref="InvalidDataException">It is no whole drop.</exception>
    /// <exception cref="IOException">It can't be read for now.</exception>
    internal static SubmittedDrop Open(string path)
    {
        var file = SystemFile.OpenPlain(path, out var owner);
        try { return Read(file, owner); }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask CopyToAsync(MessageReception reception, CancellationToken cancellationToken)
    {
        var buffer = new byte[PieceSize];
        for (long at = 0; at < Length && !reception.IsTooLarge;)
        {
            var piece = buffer.AsMemory(0, (int)Math.Min(buffer.Length, Length - at));
            var count = await RandomAccess.ReadAsync(_file, piece, DropHeader.Length + at, cancellationToken);
            if (count == 0) throw new InvalidDataException("it became shorter while it was read");
            await reception.TakeChunkAsync(new ReadOnlySequence<byte>(piece[..count]));
            at += count;
        }
        await reception.FinishAsync();
    }

    public void Dispose() => _file.Dispose();

    private static SubmittedDrop Read(SafeFileHandle file, long owner)
    {
        var line = new byte[DropHeader.Length];
        if (RandomAccess.Read(file, line, 0) != line.Length || !DropHeader.TryRead(line, RandomAccess.GetLength(file), out var header)) throw new InvalidDataException("it is not whole");
        var json = new byte[header.EnvelopeLength];
        var read = 0;
        while (read < json.Length && RandomAccess.Read(file, json.AsSpan(read), DropHeader.Length + header.ContentLength + read) is > 0 and var count) read += count;
        var envelope = SubmittedEnvelope.Read(json, out var problem) ?? throw new InvalidDataException(problem);
        return new SubmittedDrop(file, header, envelope, SystemUsers.Find(owner));
    }
}
