using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace PolicyMTA.EndToEnd.AddressTests;

/// <summary>A message as a next hop got it.</summary>
internal sealed record Arrival(string Sender, string Recipient, string Content)
{
    /// <summary>The value of a field, unfolded; empty when it is not there.</summary>
    public string Field(string name) => Fields.FirstOrDefault(field => field.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase)) is { } found ? found[(name.Length + 1)..].Trim() : "";

    /// <summary>The fields, folding kept as line feeds, without those that name a server.</summary>
    public IReadOnlyList<string> Fields { get; } =
        [.. Content[..Content.IndexOf("\n\n", StringComparison.Ordinal)].Replace("\n ", "\u0001 ", StringComparison.Ordinal).Replace("\n\t", "\u0001\t", StringComparison.Ordinal)
            .Split('\n').Select(field => field.Replace('\u0001', '\n')).Where(field => !field.StartsWith("Received:", StringComparison.Ordinal))];

    public string Body => Content[(Content.IndexOf("\n\n", StringComparison.Ordinal) + 2)..];
}

/// <summary>A next hop that takes all mail and keeps it: one <see cref="Arrival"/> for each recipient.</summary>
internal sealed class RecordingHop : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly ConcurrentBag<Arrival> _arrivals = [];
    private readonly Task _serving;

    public RecordingHop()
    {
        _listener.Start(512);
        _serving = ServeAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public IReadOnlyList<Arrival> Arrivals => [.. _arrivals];

    private async Task ServeAsync()
    {
        try
        {
            while (true) _ = TalkAsync(await _listener.AcceptTcpClientAsync(_end.Token));
        }
        catch (OperationCanceledException) { }
    }

    private async Task TalkAsync(TcpClient client)
    {
        using var ending = client;
        try
        {
            await using var stream = client.GetStream();
            using var reader = new StreamReader(stream, Encoding.Latin1);
            await SayAsync(stream, "220 hop.test ESMTP");
            var (sender, recipients) = ("", new List<string>());
            while (await reader.ReadLineAsync(_end.Token) is { } line)
            {
                if (line.StartsWith("MAIL FROM:", StringComparison.Ordinal)) (sender, recipients) = (Path(line), []);
                if (line.StartsWith("RCPT TO:", StringComparison.Ordinal)) recipients.Add(Path(line));
                await SayAsync(stream, line.StartsWith("EHLO", StringComparison.Ordinal) ? "250-hop.test\r\n250-SMTPUTF8\r\n250 8BITMIME" : line switch { "DATA" => "354 go on", "QUIT" => "221 bye", _ => "250 2.0.0 ok" });
                if (line == "QUIT") return;
                if (line != "DATA") continue;
                var content = new StringBuilder();
                while (await reader.ReadLineAsync(_end.Token) is { } text && text != ".") content.Append(text.StartsWith('.') ? text[1..] : text).Append('\n');
                foreach (var recipient in recipients) _arrivals.Add(new Arrival(sender, recipient, content.ToString()));
                await SayAsync(stream, "250 2.0.0 taken");
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or SocketException) { }
    }

    private static string Path(string line) => line[(line.IndexOf('<', StringComparison.Ordinal) + 1)..line.LastIndexOf('>')];

    private async Task SayAsync(NetworkStream stream, string reply) => await stream.WriteAsync(Encoding.Latin1.GetBytes(reply + "\r\n"), _end.Token);

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _serving;
        _listener.Dispose();
        _end.Dispose();
    }
}
