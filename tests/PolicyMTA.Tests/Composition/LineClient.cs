using System.Net;
using System.Net.Sockets;
using System.Text;

namespace PolicyMTA.Tests.Composition;

/// <summary>A client that says lines and reads replies.</summary>
internal sealed class LineClient : IAsyncDisposable
{
    private readonly TcpClient _connection;
    private readonly StreamReader _reader;
    private readonly CancellationToken _stop;

    private LineClient(TcpClient connection, CancellationToken stop)
    {
        (_connection, _stop) = (connection, stop);
        _reader = new StreamReader(connection.GetStream(), Encoding.UTF8);
    }

    public static async Task<LineClient> ConnectAsync(IPEndPoint server, CancellationToken stop)
    {
        var connection = new TcpClient();
        await connection.ConnectAsync(server, stop);
        return new LineClient(connection, stop);
    }

    /// <summary>The last line of the next reply.</summary>
    public async Task<string> ReadAsync()
    {
        while (true)
        {
            var line = await _reader.ReadLineAsync(_stop) ?? throw new EndOfStreamException();
            if (line.Length < 4 || line[3] != '-') return line;
        }
    }

    /// <summary>The last line of the reply, which begins as expected.</summary>
    public async Task<string> SayAsync(string command, string expected)
    {
        await _connection.GetStream().WriteAsync(Encoding.UTF8.GetBytes(command + "\r\n"), _stop);
        var reply = await ReadAsync();
        Assert.StartsWith(expected, reply, StringComparison.Ordinal);
        return reply;
    }

    public ValueTask DisposeAsync()
    {
        _reader.Dispose();
        _connection.Dispose();
        return ValueTask.CompletedTask;
    }
}
