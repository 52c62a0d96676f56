using System.Buffers;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using PolicyMTA.Smtp;

namespace PolicyMTA.Delivery.Client;

/// <summary>
/// One connection to a server: what is written is sent by <see cref="FlushAsync"/> in one piece, replies are read one by one. It knows bytes and time,
/// not what may follow what. Used by one delivery at a time.
/// </summary>
internal sealed class ClientConnection : IAsyncDisposable
{
    private const int InputSize = 4096;
    // A hundred lines of 2 KiB: more is no reply.
    private const int LargestInput = 256 * 1024;

    private readonly Socket _socket;
    private readonly CancellationTokenSource _deadline;
    private readonly TimeProvider _time;
    private CancellationToken _caller;
    private CancellationTokenRegistration _callerRegistration;
    private Stream _stream;
    private byte[] _input = ArrayPool<byte>.Shared.Rent(InputSize);
    private int _start;
    private int _end;

    public ClientConnection(Socket socket, Destination destination, TimeProvider time)
    {
        _socket = socket;
        _stream = new NetworkStream(socket, ownsSocket: true);
        _time = time;
        _deadline = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        Destination = destination;
        Opened = time.GetTimestamp();
    }

    public Destination Destination { get; }
    public EhloKeywords Keywords { get; set; } = EhloKeywords.None;
    public OutputBuffer Output { get; } = new();
    /// <summary>The session's TLS; null in plain text.</summary>
    public SslStream? Tls { get; private set; }
    public bool IsEncrypted => Tls is not null;
    /// <summary>How many deliveries it has seen.</summary>
    public int Uses { get; private set; }
    /// <summary>True for a kept connection: it may have died unseen.</summary>
    public bool IsReused { get; set; }
    /// <summary>True after a 421, a break, or a deadline: good for nothing more.</summary>
    public bool IsSpent
    {
        get => field || _deadline.IsCancellationRequested;
        set;
    }
    public long Opened { get; }
    public long IdleSince { get; private set; }

    /// <summary>A delivery takes it: its token ends every wait from now on.</summary>
    public void Attach(CancellationToken cancellationToken)
    {
        _caller = cancellationToken;
        _callerRegistration = cancellationToken.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), _deadline);
    }

    /// <summary>The delivery is over.</summary>
    public void Detach()
    {
        Uses++;
        _callerRegistration.Dispose();
        _deadline.CancelAfter(Timeout.InfiniteTimeSpan);
        _caller = CancellationToken.None;
        Output.Trim();
        IdleSince = _time.GetTimestamp();
    }

    /// <summary>False when a kept connection was closed by the server or has something to say, which can only be goodbye.</summary>
    public bool IsQuiet()
    {
        try
        {
            return _start == _end && !_socket.Poll(0, SelectMode.SelectRead);
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            return false;
        }
    }

    /// <summary>Sends what was written.</summary>
    public async ValueTask FlushAsync(TimeSpan timeout)
    {
        if (Output.Length == 0) return;
        try
        {
            _deadline.CancelAfter(timeout);
            await _stream.WriteAsync(Output.Written, _deadline.Token);
            Output.Clear();
        }
        catch (Exception error) when (IsBreak(error))
        {
            throw Broken(error);
        }
    }

    /// <summary>The next reply.</summary>
    public async ValueTask<RemoteReply> ReadReplyAsync(TimeSpan timeout)
    {
        try
        {
            _deadline.CancelAfter(timeout);
            RemoteReply? reply;
            while (!TryTakeReply(out reply))
            {
                MakeRoom();
                var count = await _stream.ReadAsync(_input.AsMemory(_end), _deadline.Token);
                if (count == 0) throw new EndOfStreamException();
                _end += count;
            }
            return reply;
        }
        catch (Exception error) when (IsBreak(error))
        {
            throw Broken(error);
        }
    }

    /// <summary>Shakes hands. What the server sent in plain text behind its 220 is forgotten: it may be anyone's (RFC 3207 §4.2).</summary>
    public async ValueTask StartTlsAsync(SslClientAuthenticationOptions options, TimeSpan timeout)
    {
        _start = _end = 0;
        var tls = new SslStream(_stream, leaveInnerStreamOpen: false);
        _stream = tls;
        try
        {
            _deadline.CancelAfter(timeout);
            await tls.AuthenticateAsClientAsync(options, _deadline.Token);
            Tls = tls;
        }
        catch (Exception error) when (error is AuthenticationException || IsBreak(error))
        {
            throw Broken(error);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _callerRegistration.Dispose();
        try
        {
            await _stream.DisposeAsync();
        }
        catch (Exception error) when (error is IOException or SocketException)
        {
            // The other side was faster.
        }
        _socket.Dispose();
        _deadline.Dispose();
        Output.Release();
        if (_input.Length > 0) ArrayPool<byte>.Shared.Return(_input);
        _input = [];
    }

    private bool TryTakeReply([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out RemoteReply? reply)
    {
        reply = null;
        if (_start == _end) return false;
        var buffer = new ReadOnlySequence<byte>(_input, _start, _end - _start);
        if (!RemoteReply.TryRead(ref buffer, out reply)) return false;
        _start = _end - (int)buffer.Length;
        return true;
    }

    private void MakeRoom()
    {
        if (_start == _end) _start = _end = 0;
        if (_end < _input.Length) return;
        if (_end - _start > LargestInput) throw new SmtpProtocolException("the reply is too long");
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(InputSize, (_end - _start) * 2));
        _input.AsSpan(_start, _end - _start).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_input);
        (_input, _end, _start) = (larger, _end - _start, 0);
    }

    private static bool IsBreak(Exception error) =>
        error is IOException or SocketException or ObjectDisposedException or SmtpProtocolException or OperationCanceledException or InvalidOperationException;

    // Only the caller's own token leaves as a cancellation: then the server drains and nothing is known about the message.
    private Exception Broken(Exception error)
    {
        IsSpent = true;
        if (error is OperationCanceledException && _caller.IsCancellationRequested) return new OperationCanceledException(error.Message, error, _caller);
        return new ConnectionBrokenException(error switch
        {
            OperationCanceledException => BrokenBecause.TimedOut,
            SmtpProtocolException => BrokenBecause.Nonsense,
            _ => BrokenBecause.Lost,
        }, error);
    }
}
