using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace PolicyMTA.Filters.Tests.MilterClient;

/// <summary>A filter on loopback that answers as a test says and keeps what it heard. <c>c</c> is the answer to what is not scripted.</summary>
internal sealed class ScriptedFilter : IAsyncDisposable
{
    private readonly Socket _listener = new(SocketType.Stream, ProtocolType.Tcp);
    private readonly CancellationTokenSource _end = new();
    private readonly Task _serving;

    internal ScriptedFilter()
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        _serving = ServeAsync();
    }

    internal IPEndPoint Place => (IPEndPoint)_listener.LocalEndPoint!;

    /// <summary>The answer to the negotiation.</summary>
    internal byte[] Agrees { get; init; } = Agreeing();

    /// <summary>Answers by letter; an empty one closes the connection, one of silence never comes.</summary>
    internal Dictionary<char, string[]> Answers { get; init; } = [];

    /// <summary>Asked before <see cref="Answers"/> of each packet as it stands in <see cref="Heard"/>; null leaves it to them.</summary>
    internal Func<string, string[]?>? Decides { get; init; }

    /// <summary>Letters after which it says nothing, as agreed.</summary>
    internal string Unanswered { get; init; } = "DAQ";

    /// <summary>Each packet: its letter and its texts.</summary>
    internal ConcurrentQueue<string> Heard { get; } = new();

    internal string Letters => string.Concat(Heard.Select(line => line[0]));

    internal static string[] Closes { get; } = [];

    internal static string[] Silent { get; } = [""];

    internal static byte[] Agreeing(uint version = 6, uint actions = 0x1ff, uint steps = 0, byte[]? lists = null)
    {
        var answer = new byte[12];
        BinaryPrimitives.WriteUInt32BigEndian(answer, version);
        BinaryPrimitives.WriteUInt32BigEndian(answer.AsSpan(4), actions);
        BinaryPrimitives.WriteUInt32BigEndian(answer.AsSpan(8), steps);
        return [.. answer, .. lists ?? []];
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Dispose();
        await _serving;
        _end.Dispose();
    }

    private async Task ServeAsync()
    {
        var sessions = new List<Task>();
        try
        {
            while (true) sessions.Add(ServeAsync(await _listener.AcceptAsync(_end.Token)));
        }
        catch (Exception over) when (over is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(sessions);
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        await using var stream = new NetworkStream(socket, ownsSocket: true);
        try
        {
            while (true)
            {
                var head = new byte[4];
                await stream.ReadExactlyAsync(head, _end.Token);
                var packet = new byte[BinaryPrimitives.ReadInt32BigEndian(head)];
                await stream.ReadExactlyAsync(packet, _end.Token);
                var letter = (char)packet[0];
                var text = Encoding.Latin1.GetString(packet).Replace('\0', '|');
                Heard.Enqueue(text);
                var decided = Decides?.Invoke(text);
                if (letter == 'Q') return;
                if (letter == 'O' && !Answers.ContainsKey('O')) await stream.WriteAsync(Packet('O', Agrees), _end.Token);
                else if (!Unanswered.Contains(letter, StringComparison.Ordinal) && !await AnswerAsync(stream, decided ?? Answers.GetValueOrDefault(letter, ["c"]))) return;
            }
        }
        catch (Exception over) when (over is OperationCanceledException or IOException)
        {
            Heard.Enqueue("(gone)");
        }
    }

    private async Task<bool> AnswerAsync(NetworkStream stream, string[] answers)
    {
        foreach (var answer in answers.Where(answer => answer.Length > 0))
        {
            await stream.WriteAsync(answer.StartsWith("raw:", StringComparison.Ordinal) ? Encoding.Latin1.GetBytes(answer[4..]) : Packet(answer[0], Encoding.Latin1.GetBytes(answer[1..])), _end.Token);
        }
        return answers.Length > 0;
    }

    private static byte[] Packet(char letter, byte[] content)
    {
        var packet = new byte[content.Length + 5];
        BinaryPrimitives.WriteInt32BigEndian(packet, content.Length + 1);
        packet[4] = (byte)letter;
        content.CopyTo(packet, 5);
        return packet;
    }
}
