using System.Net;
using System.Net.Sockets;
using System.Text;

namespace PolicyMTA.EndToEnd;

/// <summary>A fast client for loads: plain SMTP, one command at a time.</summary>
internal sealed class SmtpConnection : IAsyncDisposable
{
    private readonly TcpClient _client = new();
    private readonly CancellationTokenSource _patience = new(TimeSpan.FromSeconds(30));
    private StreamReader _reader = StreamReader.Null;

    public static async Task<SmtpConnection> OpenAsync(int port)
    {
        var connection = new SmtpConnection();
        try
        {
            await connection._client.ConnectAsync(IPAddress.Loopback, port, connection._patience.Token);
            connection._reader = new StreamReader(connection._client.GetStream(), Encoding.Latin1);
            connection.Greeting = await connection.ReadReplyAsync();
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    public string Greeting { get; private set; } = "";

    /// <summary>The last line of the reply.</summary>
    public async Task<string> AskAsync(string command)
    {
        await _client.GetStream().WriteAsync(Encoding.Latin1.GetBytes(command + "\r\n"), _patience.Token);
        return await ReadReplyAsync();
    }

    /// <summary>Sends a message; the reply to its end.</summary>
    public async Task<string> SendAsync(string sender, string recipient, string content)
    {
        await ExpectAsync($"MAIL FROM:<{sender}>", "250");
        await ExpectAsync($"RCPT TO:<{recipient}>", "250");
        await ExpectAsync("DATA", "354");
        return await AskAsync(content + "\r\n.");
    }

    public async Task ExpectAsync(string command, string code)
    {
        var reply = await AskAsync(command);
        if (!reply.StartsWith(code, StringComparison.Ordinal)) throw new IOException($"{command}: {reply}");
    }

    /// <summary>The last line of a reply, asked for or not.</summary>
    public async Task<string> ReadReplyAsync()
    {
        while (true)
        {
            var line = await _reader.ReadLineAsync(_patience.Token) ?? throw new IOException("the server closed the connection");
            if (line.Length < 4 || line[3] != '-') return line;
        }
    }

    public ValueTask DisposeAsync()
    {
        _client.Dispose();
        _patience.Dispose();
        return ValueTask.CompletedTask;
    }
}
