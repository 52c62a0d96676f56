using System.Buffers;
using System.Collections.Concurrent;
using System.Globalization;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace PolicyMTA.Crash;

/// <summary>
/// A next hop that remembers what it took. By the local part: <c>no</c> is refused for good, <c>nod</c> after the data where the protocol lets it (LMTP), <c>later</c> is
/// put off twice, everything else is taken.
/// </summary>
internal sealed class Sink : IAsyncDisposable
{
    private const int Deferrals = 2;

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentDictionary<string, int> _deferred = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _closing = new();
    private readonly Ledger _ledger;
    private readonly Func<int> _life;
    private readonly bool _isLmtp;
    private readonly Task _accepting;
    private static int _receipts;

    internal Sink(Ledger ledger, Func<int> life, bool isLmtp)
    {
        (_ledger, _life, _isLmtp) = (ledger, life, isLmtp);
        _listener.Start(500);
        _accepting = AcceptAsync();
    }

    /// <summary>Completed while replies to a message are given; otherwise they wait for it.</summary>
    internal Task Door { get; set; } = Task.CompletedTask;

    internal int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        _listener.Dispose();
        await _accepting;
        _closing.Dispose();
    }

    private async Task AcceptAsync()
    {
        var sessions = new List<Task>();
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_closing.Token);
                sessions.RemoveAll(session => session.IsCompleted);
                // What a killed server had sent is read when it is no more: the life is the connection's.
                var life = _life();
                sessions.Add(Task.Run(() => ServeAsync(client, life)));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException or SocketException) { }
        await Task.WhenAll(sessions);
    }

    private async Task ServeAsync(TcpClient client, int life)
    {
        using (client)
        {
            var stream = client.GetStream();
            var input = PipeReader.Create(stream);
            try { await TalkAsync(stream, input, life); }
            catch (Exception e) when (e is IOException or OperationCanceledException) { }
            await input.CompleteAsync();
        }
    }

    private async Task TalkAsync(NetworkStream stream, PipeReader input, int life)
    {
        var recipients = new List<string>();
        var replies = "220 sink.test\r\n";
        while (true)
        {
            await stream.WriteAsync(Encoding.Latin1.GetBytes(replies), _closing.Token);
            if (await ReadLineAsync(input) is not { } line) return;
            var verb = line.Split(' ')[0].ToUpperInvariant();
            switch (verb)
            {
                case "EHLO" or "LHLO":
                    replies = "250-sink.test\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SIZE\r\n250 ENHANCEDSTATUSCODES\r\n";
                    break;
                case "RCPT":
                    replies = AnswerRecipient(line[(line.IndexOf('<', StringComparison.Ordinal) + 1)..line.IndexOf('>', StringComparison.Ordinal)], recipients);
                    break;
                case "DATA" when recipients.Count > 0:
                    await stream.WriteAsync("354 go on\r\n"u8.ToArray(), _closing.Token);
                    if (await ReadContentAsync(input) is not { } content) return;
                    await Door.WaitAsync(_closing.Token);
                    replies = Take(content, recipients, life);
                    recipients.Clear();
                    break;
                case "DATA":
                    replies = "554 5.5.1 no valid recipients\r\n";
                    break;
                case "QUIT":
                    await stream.WriteAsync("221 2.0.0 bye\r\n"u8.ToArray(), _closing.Token);
                    return;
                default:
                    if (verb is "MAIL" or "RSET") recipients.Clear();
                    replies = "250 2.0.0 ok\r\n";
                    break;
            }
        }
    }

    private string AnswerRecipient(string recipient, List<string> recipients)
    {
        if (recipient.StartsWith("no", StringComparison.Ordinal) && !(_isLmtp && recipient.StartsWith("nod", StringComparison.Ordinal))) return "550 5.1.1 nobody of that name\r\n";
        if (recipient.StartsWith("later", StringComparison.Ordinal) && _deferred.AddOrUpdate(recipient, 1, (_, tries) => tries + 1) <= Deferrals) return "451 4.2.0 not now\r\n";
        recipients.Add(recipient);
        return "250 2.1.5 ok\r\n";
    }

    // Remembered before it is said: a server that is killed between the two tries again.
    private string Take(string content, List<string> recipients, int life)
    {
        var (number, isWhole) = Letter.Read(content);
        var replies = new StringBuilder();
        var receipt = Receipt();
        foreach (var recipient in recipients)
        {
            if (_isLmtp && recipient.StartsWith("nod", StringComparison.Ordinal))
            {
                replies.Append("550 5.7.1 not this one\r\n");
                continue;
            }
            if (!isWhole) _ledger.Torn($"letter {number.ToString(CultureInfo.InvariantCulture)} to {recipient}");
            _ledger.Deliver(new Delivery(number, recipient, life, receipt));
            if (_isLmtp || replies.Length == 0) replies.Append(CultureInfo.InvariantCulture, $"250 2.0.0 {receipt}\r\n");
        }
        return replies.ToString();
    }

    private static string Receipt() => string.Create(CultureInfo.InvariantCulture, $"taken.{Interlocked.Increment(ref _receipts)}");

    private async ValueTask<string?> ReadLineAsync(PipeReader input)
    {
        while (true)
        {
            var read = await input.ReadAsync(_closing.Token);
            var buffer = read.Buffer;
            var line = TryReadLine(ref buffer, out var bytes) ? Encoding.Latin1.GetString(bytes) : null;
            input.AdvanceTo(buffer.Start, line is null ? buffer.End : buffer.Start);
            if (line is not null || read.IsCompleted) return line;
        }
    }

    /// <summary>All up to the lone dot; null when the connection ends before it: that is no message.</summary>
    private async ValueTask<string?> ReadContentAsync(PipeReader input)
    {
        var content = new StringBuilder();
        while (true)
        {
            var read = await input.ReadAsync(_closing.Token);
            var buffer = read.Buffer;
            var isOver = false;
            while (!isOver && TryReadLine(ref buffer, out var bytes))
            {
                var line = Encoding.Latin1.GetString(bytes);
                isOver = line == ".";
                if (!isOver) content.Append(line.StartsWith('.') ? line.AsSpan(1) : line).Append("\r\n");
            }
            input.AdvanceTo(buffer.Start, isOver ? buffer.Start : buffer.End);
            if (isOver) return content.ToString();
            if (read.IsCompleted) return null;
        }
    }

    private static bool TryReadLine(ref ReadOnlySequence<byte> buffer, out ReadOnlySequence<byte> line)
    {
        var reader = new SequenceReader<byte>(buffer);
        if (!reader.TryReadTo(out line, "\r\n"u8)) return false;
        buffer = buffer.Slice(reader.Position);
        return true;
    }
}
