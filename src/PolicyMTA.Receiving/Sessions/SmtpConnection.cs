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
    private const long MostUnflushed = 16 * 1024;
    private static readonly TimeSpan ClosePatience = TimeSpan.FromSeconds(10);
    private static readonly StreamPipeReaderOptions TlsReading = new(leaveOpen: true, useZeroByteReads: true);
    private static readonly StreamPipeWriterOptions TlsWriting = new(leaveOpen: true);

    private readonly Lock _gate = new();
    private PipeReader _reader = transport.Transport.Input;
    private PipeWriter _writer = transport.Transport.Output;
    private ReadOnlySequence<byte> _unread;
    private bool _holdsBuffer;
    private long _deadline = long.MaxValue;
    private long _requestDeadline = long.MaxValue;
    private int _minDataRate;
    private volatile bool _isWriting;
    private bool _isShaking;

    /// <summary>The TLS layer; null on a plain connection.</summary>
    internal SslStream? Tls { get; private set; }

    /// <summary>True while the session waits for the client.</summary>
    internal bool IsWaiting => Volatile.Read(ref _deadline) != long.MaxValue;

    /// <summary>What is received and not consumed. Valid until the next read.</summary>
    internal ReadOnlySequence<byte> Unread => _unread;

    /// <summary>Where replies are written; sent by <see cref="FlushAsync"/>.</summary>
    internal IBufferWriter<byte> Output => _writer;

    /// <summary>True when more replies wait than should be kept in memory for a client that sends ahead.</summary>
    internal bool HasMuchUnflushed => _writer.UnflushedBytes > MostUnflushed;

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

    /// <summary>A command, a response or a message begins: from here on the timeout is for all of it (<c>smtpd_per_request_deadline</c>).</summary>
    internal void BeginRequest(SmtpServiceSettings service)
    {
        (_requestDeadline, _minDataRate) = service.PerRequestDeadline ? (After(service.Timeout), service.MinDataRate) : (long.MaxValue, 0);
    }

    /// <summary>Waits for more bytes than <see cref="Unread"/> has, at most until the deadline.</summary>
    internal async ValueTask<ReadOutcome> ReadMoreAsync(TimeSpan timeout)
    {
        var known = _unread.Length;
        GiveBack();
        var deadline = Await(timeout, isWriting: false);
        ReadResult result;
        try
        {
            result = await _reader.ReadAsync(CancellationToken.None);
        }
        finally
        {
            EndWait();
        }
        Hold(result);
        Earn(result.Buffer.Length - known, timeout);
        if (result.IsCanceled)
        {
            await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding); // the caller of the wake-up has other sessions to wake
            return time.GetTimestamp() >= deadline ? ReadOutcome.TimedOut : ReadOutcome.Interrupted;
        }
        return result.IsCompleted && result.Buffer.Length == known ? ReadOutcome.Closed : ReadOutcome.Ready;
    }

    /// <summary>Takes bytes from the front of <see cref="Unread"/>.</summary>
    internal void Consume(SequencePosition to) => _unread = _unread.Slice(to);

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
        Await(timeout, isWriting: true);
        try
        {
            return !(await flush).IsCompleted;
        }
        finally
        {
            EndWait();
        }
    }

    /// <summary>Shakes hands as the server, with the options for the name that the client asks for; afterwards all bytes are under TLS.</summary>
    /// <exception cref="System.Security.Authentication.AuthenticationException">The client offered nothing acceptable, or spoke no TLS.</exception>
    /// <exception cref="IOException">The client went away.</exception>
    /// <exception cref="OperationCanceledException">It took longer than the timeout.</exception>
    internal async ValueTask StartTlsAsync(Func<string?, SslServerAuthenticationOptions> options, bool choosesByName, TimeSpan timeout)
    {
        GiveBackUnseen();
        ForbidInterrupts();
        var stream = new SslStream(new DuplexPipeStream(transport.Transport), leaveInnerStreamOpen: true);
        try
        {
            using var deadline = new CancellationTokenSource(timeout, time);
            if (choosesByName) await stream.AuthenticateAsServerAsync((_, hello, _, _) => new(options(hello.ServerName)), null, deadline.Token);
            else await stream.AuthenticateAsServerAsync(options(null), deadline.Token);
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }
        lock (_gate)
        {
            Tls = stream;
            _reader = PipeReader.Create(stream, TlsReading);
            _writer = PipeWriter.Create(stream, TlsWriting);
            _unread = default;
            _isShaking = false;
        }
    }

    /// <summary>Ends a read or write that has passed its deadline. Called by the receiver's clock, from another thread.</summary>
    internal void Expire(long now)
    {
        if (Volatile.Read(ref _deadline) > now) return;
        // A client that reads nothing can't be told anything either.
        if (_isWriting) transport.Abort();
        else Interrupt();
    }

    /// <summary>Wakes the session from waiting for the client. Called from another thread.</summary>
    internal void Interrupt()
    {
        lock (_gate)
        {
            if (_isShaking) return; // the handshake reads the same pipe; the session looks around after it
            try
            {
                _reader.CancelPendingRead();
            }
            catch (ObjectDisposedException)
            {
                // The session has ended this very moment.
            }
        }
    }

    /// <summary>Breaks the connection at once.</summary>
    internal void Abort() => transport.Abort();

    /// <summary>Sends what is left and closes, both at most for a while.</summary>
    public async ValueTask DisposeAsync()
    {
        Await(ClosePatience, isWriting: true);
        try
        {
            GiveBack();
            if (Tls is not null)
            {
                await _reader.CompleteAsync();
                await _writer.CompleteAsync();
                await Tls.DisposeAsync();
            }
        }
        catch (Exception broken) when (broken is IOException or InvalidOperationException or ObjectDisposedException)
        {
            transport.Abort();
        }
        finally
        {
            await transport.Transport.Input.CompleteAsync();
            await transport.Transport.Output.CompleteAsync();
            await transport.DisposeAsync();
            EndWait();
        }
    }

    private long After(TimeSpan timeout) => time.GetTimestamp() + (long)(timeout.TotalSeconds * time.TimestampFrequency);

    /// <summary>What arrives buys time: a large message that comes steadily is never too late (<c>smtpd_min_data_rate</c>).</summary>
    private void Earn(long octets, TimeSpan timeout)
    {
        if (_minDataRate <= 0 || _requestDeadline == long.MaxValue) return;
        _requestDeadline = Math.Min(_requestDeadline + octets * time.TimestampFrequency / _minDataRate, After(timeout));
    }

    private long Await(TimeSpan timeout, bool isWriting)
    {
        var deadline = After(timeout);
        if (!isWriting) deadline = Math.Min(deadline, _requestDeadline);
        _isWriting = isWriting;
        Volatile.Write(ref _deadline, deadline);
        return deadline;
    }

    private void EndWait() => Volatile.Write(ref _deadline, long.MaxValue);

    /// <summary>From here on nobody cancels a read; a cancellation that came before is forgotten.</summary>
    private void ForbidInterrupts()
    {
        lock (_gate) _isShaking = true;
        if (_reader.TryRead(out var result)) _reader.AdvanceTo(result.Buffer.Start);
    }

    private void Hold(ReadResult result)
    {
        _unread = result.Buffer;
        _holdsBuffer = true;
    }

    /// <summary>What came behind a PROXY header is the handshake's beginning: the next reader must find it without waiting for more.</summary>
    private void GiveBackUnseen()
    {
        if (!_holdsBuffer) return;
        _holdsBuffer = false;
        _reader.AdvanceTo(_unread.Start);
        _unread = default;
    }

    private void GiveBack()
    {
        if (!_holdsBuffer) return;
        _holdsBuffer = false;
        _reader.AdvanceTo(_unread.Start, _unread.End);
        _unread = default;
    }
}
