using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace PolicyMTA.Dns.Tests;

/// <summary>A nameserver on loopback that answers from a function and remembers what it was asked; silent when the function gives null.</summary>
internal sealed class TinyNameserver : IAsyncDisposable
{
    private readonly UdpClient _socket = new(new IPEndPoint(IPAddress.Loopback, 0));
    private readonly Func<string, int, Answer?> _answer;
    private readonly Task _serve;

    public TinyNameserver(Func<string, int, Answer?> answer)
    {
        _answer = answer;
        _serve = ServeAsync();
    }

    public List<string> Asked { get; } = [];

    /// <summary>Answers wait while this is set and not completed.</summary>
    public Task Gate { get; set; } = Task.CompletedTask;

    public IPEndPoint EndPoint => (IPEndPoint)_socket.Client.LocalEndPoint!;

    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        try
        {
            await _serve;
        }
        catch (Exception error) when (error is ObjectDisposedException or SocketException)
        {
            // The socket was closed under it.
        }
    }

    private async Task ServeAsync()
    {
        while (true)
        {
            var query = await _socket.ReceiveAsync();
            var (name, type, end) = ReadQuestion(query.Buffer);
            lock (Asked) Asked.Add($"{name} {type}");
            await Gate;
            if (_answer(name, type) is not { } answer) continue;
            await _socket.SendAsync(Write(query.Buffer.AsSpan(0, end), type, answer), query.RemoteEndPoint);
        }
    }

    private static (string Name, int Type, int End) ReadQuestion(byte[] query)
    {
        var labels = new List<string>();
        var i = 12;
        while (query[i] != 0)
        {
            labels.Add(Encoding.ASCII.GetString(query, i + 1, query[i]));
            i += query[i] + 1;
        }
        return (string.Join('.', labels), BinaryPrimitives.ReadUInt16BigEndian(query.AsSpan(i + 1)), i + 5);
    }

    private static byte[] Write(ReadOnlySpan<byte> question, int type, Answer answer)
    {
        var bytes = new List<byte>(question.ToArray());
        bytes[2] = 0x81; // a response, recursion desired
        bytes[3] = (byte)(0x80 | answer.Code);
        bytes[7] = (byte)answer.Records.Length;
        bytes[9] = (byte)(answer.NegativeSeconds is null ? 0 : 1);
        bytes[10] = bytes[11] = 0;
        foreach (var record in answer.Records) AddRecord(bytes, type, answer.Seconds, record);
        if (answer.NegativeSeconds is { } seconds) AddRecord(bytes, 6, 3600, [0, 0, .. new byte[16], .. Number(seconds)]);
        return [.. bytes];
    }

    private static void AddRecord(List<byte> bytes, int type, int seconds, byte[] data) =>
        bytes.AddRange([0xC0, 12, (byte)(type >> 8), (byte)type, 0, 1, .. Number(seconds), (byte)(data.Length >> 8), (byte)data.Length, .. data]);

    private static byte[] Number(int value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        return bytes;
    }

    public static byte[] Name(string name) => name.Length == 0 ? [0] : [.. name.Split('.').SelectMany(l => (byte[])[(byte)l.Length, .. Encoding.ASCII.GetBytes(l)]), 0];

    /// <summary>One answer: a response code, the data of its records, their time to live, and that of "none" in the SOA.</summary>
    internal sealed record Answer(int Code, int Seconds = 300, int? NegativeSeconds = null, params byte[][] Records);
}
