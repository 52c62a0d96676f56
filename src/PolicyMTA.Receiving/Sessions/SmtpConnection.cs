using System.Buffers;
using System.IO.Pipelines;
using System.Net.Security;
using Microsoft.AspNetCore.Connections;

namespace PolicyMTA.Receiving.Sessions;

/// <summary>How a read ended.</summary>
internal enum ReadOutcome
{
    Ready,
    Closed,
    TimedOut,
    Interrupted,
}

/// <summary>
/// The bytes of one connection, plain or under TLS. The session alone reads and writes; <see cref="Expire"/> and <see cref="Interrupt"/> come from
/// the receiver's clock and only wake it up. Deadlines are looked at by that clock once a second, so that a read costs no timer.
/// </summary>
internal sealed class SmtpConnection(ConnectionContext transport, TimeProvider time) : IAsyncDisposable
{
    private static readonly StreamPipeReaderOptions TlsReading = new(leaveOpen: true, useZeroByteReads: true);
    private static readonly StreamPipeWriterOptions TlsWriting = new(leaveOpen: true);

    private PipeReader _reader = transport.Transport.Input;
    private PipeWriter _writer = transport.Transport.Output;
    private ReadOnlySequence<byte> _unread;
    private bool _holdsBuffer;
    private long _deadline = long.MaxValue;
    private bool _hasExpired;

    /// <summary>The TLS layer; null on a plain connection.</summary>
    internal SslStream? Tls { get; private set; }

    /// <summary>True while the session waits for the client.</summary>
    internal bool IsWaiting => Volatile.Read(ref _deadline) != long.MaxValue;

    /// <summary>What is received and not consumed. Valid until the next read.</summary>
    internal ReadOnlySequence<byte> Unread => _unread;

    /// <summary>Where replies are written; sent by <see cref="FlushAsync"/>.</summary>
    internal IBufferWriter<byte> Output => _writer;

    /// <summary>True when the client has sent more than was consumed.</summary>
    internal bool HasPendingInput
    {
        get
        {
            if (!_unread.IsEmpty) return true;
            GiveBack();
            if (!_reader.TryRead(out var result)) return false;
            Hold(result);
            return !_unread.IsEmpty;
        }
    }

    /// <summary>True when a whole line waits.</summary>
    internal bool HasPendingLine => HasPendingInput && _unread.PositionOf((byte)'\n') is not null;

    /// <summary>Waits for more bytes than <see cref="Unread"/> has, at most until the deadline.</summary>
    internal async ValueTask<ReadOutcome> ReadMoreAsync(TimeSpan timeout)
    {
        GiveBack();
        Volatile.Write(ref _deadline, time.GetTimestamp() + (long)(timeout.TotalSeconds * time.TimestampFrequency));
        var result = await _reader.ReadAsync(CancellationToken.None);
        Volatile.Write(ref _deadline, long.MaxValue);
        var grown = result.Buffer.Length;
        Hold(result);
        if (result.IsCanceled) return _hasExpired ? ReadOutcome.TimedOut : ReadOutcome.Interrupted;
        if (result.IsCompleted && (grown == 0 || _lastLength == grown)) return ReadOutcome.Closed;
        _lastLength = grown;
        return ReadOutcome.Ready;
    }

    private long _lastLength;

    /// <summary>Takes bytes from the front of <see cref="Unread"/>.</summary>
    internal void Consume(SequencePosition to)
    {
        _unread = _unread.Slice(to);
        _lastLength = 0;
    }

    /// <summary>Throws away everything received so far: what a client sent along with STARTTLS was never under TLS.</summary>
    internal void DropPendingInput()
    {
        while (HasPendingInput) Consume(_unread.End);
    }

    /// <summary>Sends what was written, at most until the timeout; false when the client is gone or reads nothing.</summary>
    internal async ValueTask<bool> FlushAsync(TimeSpan timeout)
    {
        var flush = _writer.FlushAsync(CancellationToken.None);
        if (flush.IsCompletedSuccessfully) return !flush.Result.IsCompleted;
        Volatile.Write(ref _deadline, time.GetTimestamp() + (long)(timeout.TotalSeconds * time.TimestampFrequency));
        var result = await flush;
        Volatile.Write(ref _deadline, long.MaxValue);
        return !result.IsCompleted && !result.IsCanceled;
    }

    /// <summary>Shakes hands as the server; afterwards all bytes are under TLS.</summary>
    /// <exception cref="System.Security.Authentication.AuthenticationException">The client offered nothing acceptable, or spoke no TLS.</exception>
    /// <exception cref="IOException">The client went away.</exception>
    /// <exception cref="OperationCanceledException">It took longer than the timeout.</exception>
    internal async ValueTask StartTlsAsync(SslServerAuthenticationOptions options, TimeSpan timeout)
    {
        GiveBack();
        var stream = new SslStream(new DuplexPipeStream(transport.Transport), leaveInnerStreamOpen: true);
        try
        {
            using var deadline = new CancellationTokenSource(timeout, time);
            await stream.AuthenticateAsServerAsync(options, deadline.Token);
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }
        Tls = stream;
        _reader = PipeReader.Create(stream, TlsReading);
        _writer = PipeWriter.Create(stream, TlsWriting);
        _unread = default;
        _lastLength = 0;
    }

    /// <summary>Ends a read or write that has passed its deadline. Called by the receiver's clock, from another thread.</summary>
    internal void Expire(long now)
    {
        if (Volatile.Read(ref _deadline) > now) return;
        _hasExpired = true;
        _reader.CancelPendingRead();
        _writer.CancelPendingFlush();
    }

    /// <summary>Wakes the session from waiting for the client. Called from another thread.</summary>
    internal void Interrupt() => _reader.CancelPendingRead();

    /// <summary>Breaks the connection at once.</summary>
    internal void Abort() => transport.Abort();

    public async ValueTask DisposeAsync()
    {
        GiveBack();
        if (Tls is not null)
        {
            await _reader.CompleteAsync();
            await _writer.CompleteAsync();
            await Tls.DisposeAsync();
        }
        await transport.Transport.Input.CompleteAsync();
        await transport.Transport.Output.CompleteAsync();
        await transport.DisposeAsync();
    }

    private void Hold(ReadResult result)
    {
        _unread = result.Buffer;
        _holdsBuffer = true;
    }

    private void GiveBack()
    {
        if (!_holdsBuffer) return;
        _holdsBuffer = false;
        _reader.AdvanceTo(_unread.Start, _unread.End);
        _unread = default;
    }
}
