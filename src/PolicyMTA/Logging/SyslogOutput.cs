using System.Net.Sockets;
using Serilog.Events;

namespace PolicyMTA.Logging;

/// <summary>RFC 3164 datagrams to the system log's socket. A daemon that is away or slow costs lines, never time: it is looked for once a second.</summary>
internal sealed class SyslogOutput(string path, SyslogTag tag, TimeProvider time) : ILogOutput
{
    private const int LongestDatagram = 8192;
    private const int PatienceMicroseconds = 50_000;
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);
    private readonly LineBuffer _line = new();
    private Socket? _socket;
    private long? _failed;

    public void Write(LogEvent logEvent)
    {
        if (!IsConnected()) throw new SocketException((int)SocketError.NotConnected);
        _line.Clear();
        _line.Append("<");
        _line.Append(tag.Priority(logEvent.Level));
        _line.Append(">");
        _line.AppendSyslogTime(logEvent.Timestamp);
        _line.Append(" ");
        tag.Append(_line, logEvent.Category());
        _line.AppendMessage(logEvent);
        Send(_line.Written[..Math.Min(_line.Length, LongestDatagram)]);
    }

    public void Flush() { }

    private void Send(ReadOnlySpan<byte> datagram)
    {
        try
        {
            _socket!.Send(datagram, SocketFlags.None, out var error);
            if (error == SocketError.Success) return;
            if (error is SocketError.WouldBlock or SocketError.NoBufferSpaceAvailable && _socket.Poll(PatienceMicroseconds, SelectMode.SelectWrite))
                _socket.Send(datagram);
            else
                throw new SocketException((int)error);
        }
        catch (SocketException)
        {
            Disconnect();
            throw;
        }
    }

    private bool IsConnected()
    {
        if (_socket is not null) return true;
        if (_failed is { } failed && time.GetElapsedTime(failed) < RetryAfter) return false;
        var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path));
            socket.Blocking = false;
            (_socket, _failed) = (socket, null);
            return true;
        }
        catch (SocketException)
        {
            socket.Dispose();
            _failed = time.GetTimestamp();
            return false;
        }
    }

    private void Disconnect()
    {
        _socket?.Dispose();
        // A daemon that was just restarted is there again at once; one that is away is noticed by the connect.
        (_socket, _failed) = (null, null);
    }

    public void Dispose() => _socket?.Dispose();
}
