using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using PolicyMTA.Sdk;

namespace PolicyMTA.Authentication.Dovecot;

/// <summary>A connection to the auth service. Many requests are on their way at once, told apart by their ids.</summary>
internal sealed class DovecotConnection : IAsyncDisposable
{
    private readonly NetworkStream _stream;
    private readonly LineReader _lines;
    private readonly SemaphoreSlim _writing = new(1);
    private readonly ConcurrentDictionary<uint, TaskCompletionSource<AuthReply>> _waiting = new();
    private readonly CancellationTokenSource _end = new();
    private Task _reading = Task.CompletedTask;
    private volatile Exception? _cause;
    private uint _lastId;

    private DovecotConnection(Socket socket)
    {
        _stream = new NetworkStream(socket, ownsSocket: true);
        _lines = new LineReader(_stream);
    }

    /// <summary>What this Dovecot can do.</summary>
    internal IReadOnlyList<SaslMechanism> Mechanisms { get; private set; } = [];

    /// <summary>Ends when the connection is of no use any more; never fails.</summary>
    internal Task Ended => _reading;

    internal bool IsAlive => _cause is null;

    /// <summary>Connects and lets Dovecot say what it can do.</summary>
    /// <exception cref="IOException">It does not answer.</exception>
    internal static async Task<DovecotConnection> OpenAsync(EndPoint place, CancellationToken cancellationToken)
    {
        var socket = place is UnixDomainSocketEndPoint ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) : new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        DovecotConnection? connection = null;
        try
        {
            await socket.ConnectAsync(place, cancellationToken);
            connection = new DovecotConnection(socket);
            await connection.GreetAsync(cancellationToken);
            return connection;
        }
        catch (Exception error)
        {
            if (connection is null) socket.Dispose();
            else await connection.DisposeAsync();
            if (error is SocketException or InvalidDataException) throw new IOException(error.Message, error);
            throw;
        }
    }

    /// <summary>A number for a request.</summary>
    internal uint NextId() => Interlocked.Increment(ref _lastId);

    /// <summary>Sends a line about a request, clears it, and waits for the answer.</summary>
    /// <exception cref="IOException">The connection ended before.</exception>
    internal async Task<AuthReply> AskAsync(uint id, byte[] line, CancellationToken cancellationToken)
    {
        var answer = new TaskCompletionSource<AuthReply>(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiting[id] = answer;
        try
        {
            await SendAsync(line, cancellationToken);
            // It may have ended just before the question was on the list of those to be told.
            if (_cause is { } cause) throw Lost(cause);
            return await answer.Task.WaitAsync(cancellationToken);
        }
        finally
        {
            _waiting.TryRemove(id, out _);
        }
    }

    /// <summary>Sends a line and clears it.</summary>
    internal async Task SendAsync(byte[] line, CancellationToken cancellationToken)
    {
        try
        {
            await _writing.WaitAsync(cancellationToken);
            try
            {
                if (_cause is { } cause) throw Lost(cause);
                await _stream.WriteAsync(line, cancellationToken);
            }
            catch (Exception error)
            {
                // Part of a line may be out.
                End(error);
                throw error is IOException or OperationCanceledException ? error : Lost(error);
            }
            finally
            {
                _writing.Release();
            }
        }
        finally
        {
            AuthRequest.Clear(line);
        }
    }

    /// <summary>Gives it up.</summary>
    internal void End(Exception cause)
    {
        _cause ??= cause;
        _end.Cancel();
        foreach (var id in _waiting.Keys)
        {
            if (_waiting.TryRemove(id, out var answer)) answer.TrySetException(Lost(cause));
        }
    }

    public async ValueTask DisposeAsync()
    {
        End(new IOException("the connection is closed"));
        await _reading;
        await CloseAsync();
    }

    private async Task GreetAsync(CancellationToken cancellationToken)
    {
        // Dovecot takes the number for a process id and refuses one that another connection has.
        var hello = Encoding.ASCII.GetBytes($"VERSION\t1\t1\nCPID\t{RandomNumberGenerator.GetInt32(1, int.MaxValue)}\n");
        await _stream.WriteAsync(hello, cancellationToken);
        var handshake = new AuthHandshake();
        do
        {
            if (await _lines.ReadAsync(cancellationToken) is not { } line) throw new IOException("the connection was closed before the handshake was over");
            if (handshake.Take(line)) break;
        }
        while (true);
        Mechanisms = handshake.Mechanisms;
        _reading = ReadAsync();
    }

    private async Task ReadAsync()
    {
        try
        {
            while (await _lines.ReadAsync(_end.Token) is { } line)
            {
                if (AuthReply.TryParse(line, out var id, out var reply) && _waiting.TryRemove(id, out var answer)) answer.TrySetResult(reply);
            }
            End(new IOException("Dovecot closed the connection"));
        }
        catch (Exception error)
        {
            End(error);
        }
        await CloseAsync();
    }

    private async Task CloseAsync()
    {
        await _lines.CompleteAsync();
        await _stream.DisposeAsync();
    }

    private static IOException Lost(Exception cause) => new($"the connection to Dovecot is lost: {cause.Message}", cause);
}
