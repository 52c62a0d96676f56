using System.Buffers;
using PolicyMTA.Sdk;
using PolicyMTA.Smtp;

namespace PolicyMTA.Receiving.Messages;

/// <summary>
/// Takes a message as it arrives, by DATA or in chunks: cleans line ends, counts hops, enforces the size limit while streaming. A message that is already
/// refused is still read to its end, but kept no longer. The session's alone.
/// </summary>
internal sealed class MessageReception(IContentWriter received, BareNewline bareNewline, long sizeLimit) : IAsyncDisposable
{
    // A client's bytes come in small pieces; each write of the spool file costs a system call.
    private const int WriteSize = 64 * 1024;

    private readonly PooledBuffer _cleaned = new();
    private readonly DataReader _data = new(bareNewline);
    private readonly BdatCleaner _chunks = new(bareNewline);

    internal IContentWriter Content { get; private set; } = received;

    /// <summary>What was seen of the header section.</summary>
    internal HeaderCounter Headers => _data.Length > 0 ? _data.Headers : _chunks.Headers;

    /// <summary>True when the client sent a line end that is none, and that is to be in the log.</summary>
    internal bool HasNoteworthyNewline => bareNewline == BareNewline.Note && (_data.SawBareNewline || _chunks.SawBareNewline);

    /// <summary>True when the client sent a line end that is none, and that is to be refused.</summary>
    internal bool HasForbiddenNewline => bareNewline == BareNewline.Reject && (_data.SawBareNewline || _chunks.SawBareNewline);

    /// <summary>True once the message is larger than <c>message_size_limit</c>.</summary>
    internal bool IsTooLarge { get; private set; }

    /// <summary>Why the message can't be kept; null while it can.</summary>
    internal Exception? Failure { get; private set; }

    private bool IsKept => !IsTooLarge && Failure is null;

    /// <summary>Takes what it can of a dot-stuffed stream; true when the end of data was seen.</summary>
    internal async ValueTask<(bool Ended, SequencePosition Consumed)> TakeDataAsync(ReadOnlySequence<byte> input)
    {
        var ended = _data.Read(ref input, _cleaned);
        await KeepAsync(isLast: ended);
        return (ended, input.Start);
    }

    /// <summary>Takes a piece of a chunk.</summary>
    internal ValueTask TakeChunkAsync(ReadOnlySequence<byte> input)
    {
        _chunks.Write(input, _cleaned);
        return KeepAsync(isLast: false);
    }

    /// <summary>The last chunk is here.</summary>
    internal ValueTask FinishAsync()
    {
        _chunks.Finish(_cleaned);
        return KeepAsync(isLast: true);
    }

    /// <summary>What a milter wrote in the place of the body, with the empty line before it; null when none did.</summary>
    internal IContentWriter? NewBody { get; private set; }

    /// <summary>A milter's new body takes the place of one that another wrote before.</summary>
    internal async ValueTask KeepBodyAsync(IContentWriter body)
    {
        var old = NewBody;
        NewBody = body;
        if (old is not null) await old.DisposeAsync();
    }

    /// <summary>Gives up the bytes as received for the new body, if there is one: the queue takes <see cref="Content"/>.</summary>
    internal async ValueTask TakeNewBodyAsync()
    {
        if (NewBody is not { } body) return;
        NewBody = null;
        await ReplaceAsync(body);
    }

    /// <summary>Checks have made another content of it; the first one is forgotten.</summary>
    internal async ValueTask ReplaceAsync(IContentWriter changed)
    {
        var old = Content;
        Content = changed;
        await old.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _cleaned.Dispose();
        await Content.DisposeAsync();
        if (NewBody is { } unused) await unused.DisposeAsync();
    }

    private async ValueTask KeepAsync(bool isLast)
    {
        if (sizeLimit > 0 && Content.Length + _cleaned.Written.Length > sizeLimit) IsTooLarge = true;
        if (!isLast && IsKept && _cleaned.Written.Length < WriteSize) return;
        try
        {
            if (IsKept) await Content.WriteAsync(_cleaned.Written, CancellationToken.None);
        }
        catch (Exception failure) when (failure is InsufficientStorageException or TemporaryFailureException or IOException or UnauthorizedAccessException)
        {
            Failure = failure;
        }
        _cleaned.Clear();
    }
}
