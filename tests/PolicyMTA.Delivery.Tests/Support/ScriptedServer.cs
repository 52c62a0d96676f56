using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace PolicyMTA.Delivery.Tests.Support;

/// <summary>
/// Plays one script per connection, in order: <c>S:</c> sends a line (<c>\r\n</c> in it: several at once), <c>C:</c> expects one (<c>*</c> wildcard), <c>C: ...</c> takes content up to its dot, a BDAT its chunk,
/// <c>TLS</c> shakes hands, <c>BADTLS</c> answers the handshake with rubbish, <c>HANG</c> waits for the client to leave, <c>GATE</c> waits for <see cref="Gate"/>, <c>CLOSE</c> leaves.
/// </summary>
internal sealed class ScriptedServer : IAsyncDisposable
{
    private readonly Socket _listener;
    private readonly Task _play;
    private readonly TaskCompletionSource _hung = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ScriptedServer(Socket listener, string[] scripts)
    {
        _listener = listener;
        _play = PlayAsync(scripts);
    }

    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;
    /// <summary>Every line heard, without content.</summary>
    public List<string> Heard { get; } = [];
    /// <summary>Every content heard, dots still doubled.</summary>
    public List<string> Contents { get; } = [];
    /// <summary>Where each connection came from.</summary>
    public List<string> Clients { get; } = [];
    /// <summary>Lets scripts go on behind <c>GATE</c>.</summary>
    public TaskCompletionSource Gate { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    /// <summary>Completes when the script waits in vain, or at its gate.</summary>
    public Task Hung => _hung.Task;

    /// <summary>True while a connection that is made has not been taken.</summary>
    public bool HasWaiting => _listener.Poll(0, SelectMode.SelectRead);

    public static ScriptedServer Start(params string[] scripts) => StartAt(IPAddress.Loopback, 0, scripts);

    public static ScriptedServer StartAt(IPAddress address, int port, params string[] scripts)
    {
        var listener = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(address, port));
        listener.Listen();
        return new ScriptedServer(listener, scripts);
    }

    public static ScriptedServer StartUnix(string path, params string[] scripts)
    {
        var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen();
        return new ScriptedServer(listener, scripts);
    }

    /// <summary>Every script was played to its end.</summary>
    public Task FinishAsync() => _play.WaitAsync(TimeSpan.FromSeconds(20));

    public ValueTask DisposeAsync()
    {
        _listener.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task PlayAsync(string[] scripts)
    {
        await Task.Yield();
        foreach (var script in scripts)
        {
            using var socket = await _listener.AcceptAsync();
            Clients.Add((socket.RemoteEndPoint as IPEndPoint)?.Address.ToString() ?? "unix");
            await PlayOneAsync(socket, script.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
        }
    }

    private async Task PlayOneAsync(Socket socket, string[] steps)
    {
        Stream stream = new NetworkStream(socket);
        foreach (var step in steps)
        {
            if (step.StartsWith("S: ", StringComparison.Ordinal)) await stream.WriteAsync(Encoding.UTF8.GetBytes(step[3..].Replace("\\r\\n", "\r\n") + "\r\n"));
            else if (step == "C: ...") Contents.Add(await ReadContentAsync(stream));
            else if (step.StartsWith("C: ", StringComparison.Ordinal)) await ExpectAsync(stream, step[3..]);
            else if (step == "TLS") stream = await ShakeHandsAsync(stream);
            else if (step == "BADTLS") await stream.WriteAsync("this is no handshake at all, dear client\r\n"u8.ToArray());
            else if (step == "HANG") await HangAsync(stream);
            else if (step == "GATE") await WaitAtGateAsync();
            else if (step == "CLOSE") return;
            else throw new InvalidOperationException($"unknown step '{step}'");
        }
    }

    private Task WaitAtGateAsync()
    {
        _hung.TrySetResult();
        return Gate.Task;
    }

    private async Task HangAsync(Stream stream)
    {
        _hung.TrySetResult();
        try
        {
            while (await stream.ReadAsync(new byte[1024]) > 0) { }
        }
        catch (IOException)
        {
            // The client left in its own way.
        }
    }

    private async Task ExpectAsync(Stream stream, string pattern)
    {
        var line = await ReadLineAsync(stream);
        lock (Heard) Heard.Add(line);
        if (line.StartsWith("BDAT ", StringComparison.Ordinal)) Contents.Add(await ReadChunkAsync(stream, int.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture)));
        var isMatch = pattern.EndsWith('*') ? line.StartsWith(pattern[..^1], StringComparison.Ordinal) : line == pattern;
        if (!isMatch) throw new InvalidOperationException($"expected '{pattern}', heard '{line}'");
    }

    private static async Task<string> ReadChunkAsync(Stream stream, int length)
    {
        var chunk = new byte[length];
        await stream.ReadExactlyAsync(chunk);
        return Encoding.UTF8.GetString(chunk);
    }

    private static async Task<string> ReadContentAsync(Stream stream)
    {
        var content = new StringBuilder();
        for (string line; (line = await ReadLineAsync(stream)) != ".";) content.Append(line).Append("\r\n");
        return content.ToString();
    }

    private static async Task<string> ReadLineAsync(Stream stream)
    {
        var bytes = new List<byte>();
        var one = new byte[1];
        while (true)
        {
            if (await stream.ReadAsync(one) == 0) return "(closed)";
            if (one[0] == '\n') return Encoding.UTF8.GetString([.. bytes]).TrimEnd('\r');
            bytes.Add(one[0]);
        }
    }

    /// <summary>What <c>TLS</c> shows; null: one made for the occasion, of another name.</summary>
    public X509Certificate2? Certificate { get; set; }

    private async Task<Stream> ShakeHandsAsync(Stream stream)
    {
        var tls = new SslStream(stream);
        if (Certificate is not null)
        {
            await tls.AuthenticateAsServerAsync(Certificate);
            return tls;
        }
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=elsewhere.example", key, HashAlgorithmName.SHA256);
        var now = DateTimeOffset.FromUnixTimeSeconds(1_700_000_000);
        using var made = request.CreateSelfSigned(now, now.AddYears(30));
        var certificate = X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pfx), null);
        await tls.AuthenticateAsServerAsync(certificate);
        return tls;
    }
}
