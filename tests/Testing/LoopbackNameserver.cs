using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace PolicyMTA.Testing;

/// <summary>What a nameserver does instead of answering.</summary>
public enum DnsFault
{
    /// <summary>It answers.</summary>
    None,
    /// <summary>Not a word.</summary>
    Silence,
    /// <summary>SERVFAIL.</summary>
    ServerFailure,
    /// <summary>REFUSED.</summary>
    Refusal,
    /// <summary>A truncated answer, with the first records whole; over TCP it hangs up.</summary>
    Truncation,
    /// <summary>The same, and over TCP half of the answer.</summary>
    HalfAnswer,
    /// <summary>An alias that leads back to itself by way of another.</summary>
    Loop,
    /// <summary>The answer among as much as TCP can carry.</summary>
    Giant,
    /// <summary>Octets that are no answer.</summary>
    Noise,
}

/// <summary>A nameserver on loopback, UDP and TCP, that has TXT records alone, and answers every question for them with the fault it is told.</summary>
public sealed class LoopbackNameserver : IAsyncDisposable
{
    private const int HeaderLength = 12, Txt = 16, Alias = 5, GiantLength = 60_000, LargestDatagram = 512;

    private readonly IReadOnlyDictionary<string, string> _records;
    private readonly DnsFault _fault;
    private readonly CancellationTokenSource _end = new();
    private readonly UdpClient _datagrams;
    private readonly TcpListener _streams;
    private readonly Task _serving;
    private int _asked;

    /// <summary>Starts it.</summary>
    public LoopbackNameserver(IReadOnlyDictionary<string, string> records, DnsFault fault = DnsFault.None)
    {
        (_records, _fault) = (records, fault);
        (_datagrams, _streams) = Bind();
        _serving = Task.WhenAll(ServeDatagramsAsync(), ServeStreamsAsync());
    }

    /// <summary>Where it is asked.</summary>
    public IPEndPoint EndPoint => (IPEndPoint)_streams.LocalEndpoint;

    /// <summary>How many questions came.</summary>
    public int Asked => Volatile.Read(ref _asked);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _streams.Dispose();
        _datagrams.Dispose();
        await _serving;
        _end.Dispose();
    }

    // One port for both: another may have taken the one of the two.
    private static (UdpClient Datagrams, TcpListener Streams) Bind()
    {
        while (true)
        {
            var streams = new TcpListener(IPAddress.Loopback, 0);
            streams.Start();
            try
            {
                return (new UdpClient((IPEndPoint)streams.LocalEndpoint), streams);
            }
            catch (SocketException)
            {
                streams.Dispose();
            }
        }
    }

    private async Task ServeDatagramsAsync()
    {
        try
        {
            while (true)
            {
                var question = await _datagrams.ReceiveAsync(_end.Token);
                Interlocked.Increment(ref _asked);
                if (Answer(question.Buffer, isStream: false) is { } answer) await _datagrams.SendAsync(answer, question.RemoteEndPoint, _end.Token);
            }
        }
        catch (Exception error) when (error is OperationCanceledException or InvalidOperationException or SocketException)
        {
            // The test is over.
        }
    }

    private async Task ServeStreamsAsync()
    {
        try
        {
            while (true)
            {
                using var client = await _streams.AcceptTcpClientAsync(_end.Token);
                await AnswerAsync(client.GetStream());
            }
        }
        catch (Exception error) when (error is OperationCanceledException or InvalidOperationException or SocketException)
        {
            // The test is over.
        }
    }

    private async Task AnswerAsync(NetworkStream stream)
    {
        try
        {
            var length = new byte[2];
            await stream.ReadExactlyAsync(length, _end.Token);
            var question = new byte[BinaryPrimitives.ReadUInt16BigEndian(length)];
            await stream.ReadExactlyAsync(question, _end.Token);
            if (Answer(question, isStream: true) is not { } answer) return;
            BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)answer.Length);
            byte[] framed = [.. length, .. answer];
            await stream.WriteAsync(_fault == DnsFault.HalfAnswer ? framed.AsMemory(0, framed.Length / 2) : framed, _end.Token);
        }
        catch (IOException)
        {
            // The client has left.
        }
    }

    private byte[]? Answer(byte[] question, bool isStream)
    {
        var (name, type, end) = Read(question);
        var asked = question[..end];
        var text = type == Txt ? _records.GetValueOrDefault(name) : null;
        return _fault switch
        {
            DnsFault.Silence => null,
            DnsFault.Noise => [.. question[..2], 0x81, 0x80, 0, 1, 0, 9, 0, 0, 0, 0, 0xC0, 0xFF, 0xFF],
            DnsFault.ServerFailure => Write(asked, code: 2),
            DnsFault.Refusal => Write(asked, code: 5),
            DnsFault.Loop => Write(asked, records: [Record([0xC0, HeaderLength], Alias, Name("loop.test")), Record(Name("loop.test"), Alias, [0xC0, HeaderLength])]),
            DnsFault.Truncation or DnsFault.HalfAnswer when !isStream => Write(asked, isTruncated: true, records: text is null ? [] : [Record(text)]),
            DnsFault.Truncation => null,
            DnsFault.Giant when !isStream => Write(asked, isTruncated: true),
            DnsFault.Giant => Write(asked, records: [.. text is null ? Array.Empty<byte[]>() : [Record(text)], .. Filling()]),
            _ when text is null => Write(asked, code: 3),
            _ => Write(asked, records: [Record(text)]) is var whole && (isStream || whole.Length <= LargestDatagram) ? whole : Write(asked, isTruncated: true),
        };
    }

    private static IEnumerable<byte[]> Filling()
    {
        var record = Record(new string('x', 250));
        return Enumerable.Repeat(record, GiantLength / record.Length);
    }

    private static (string Name, int Type, int End) Read(byte[] question)
    {
        var labels = new List<string>();
        var at = HeaderLength;
        for (; question[at] != 0; at += question[at] + 1) labels.Add(Encoding.ASCII.GetString(question, at + 1, question[at]));
        return (string.Join('.', labels), BinaryPrimitives.ReadUInt16BigEndian(question.AsSpan(at + 1)), at + 5);
    }

    private static byte[] Write(byte[] asked, int code = 0, bool isTruncated = false, params byte[][] records)
    {
        byte[] answer = [.. asked, .. records.SelectMany(record => record)];
        answer[2] = (byte)(0x81 | (isTruncated ? 2 : 0)); // a response, recursion desired
        answer[3] = (byte)(0x80 | code);
        BinaryPrimitives.WriteUInt16BigEndian(answer.AsSpan(6), (ushort)records.Length);
        answer.AsSpan(8, 4).Clear();
        return answer;
    }

    // A text of more than 255 octets is several strings.
    private static byte[] Record(string text) => Record([0xC0, HeaderLength], Txt, [.. Encoding.Latin1.GetBytes(text).Chunk(255).SelectMany(part => (byte[])[(byte)part.Length, .. part])]);

    private static byte[] Record(byte[] name, int type, byte[] data) => [.. name, 0, (byte)type, 0, 1, 0, 0, 14, 16, (byte)(data.Length >> 8), (byte)data.Length, .. data];

    private static byte[] Name(string name) => [.. name.Split('.').SelectMany(label => (byte[])[(byte)label.Length, .. Encoding.ASCII.GetBytes(label)]), 0];
}
