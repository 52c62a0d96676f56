using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace PolicyMTA.EndToEnd;

/// <summary>A content filter as FILTER_README has it: takes mail by SMTP, puts a field on top and gives it back by SMTP before it answers. What a subject says it does wrong the first time.</summary>
internal sealed class ReinjectingFilter : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly ConcurrentDictionary<string, int> _tries = new();
    private readonly ConcurrentBag<Task> _talks = [];
    private readonly int _back;
    private readonly Task _serving;

    /// <param name="back">The port where it gives messages back.</param>
    public ReinjectingFilter(int back)
    {
        _back = back;
        _listener.Start(512);
        _serving = ServeAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>How often it got each message, by subject.</summary>
    public IReadOnlyDictionary<string, int> Tries => _tries;

    private async Task ServeAsync()
    {
        try
        {
            while (true) _talks.Add(TalkAsync(await _listener.AcceptTcpClientAsync(_end.Token)));
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(_talks);
        }
    }

    private async Task TalkAsync(TcpClient client)
    {
        using var ending = client;
        try
        {
            await using var stream = client.GetStream();
            using var reader = new StreamReader(stream, Encoding.Latin1);
            await SayAsync(stream, "220 filter.test ESMTP");
            var envelope = new List<string>();
            while (await reader.ReadLineAsync(_end.Token) is { } line)
            {
                if (line.StartsWith("MAIL ", StringComparison.Ordinal)) envelope = [line];
                if (line.StartsWith("RCPT ", StringComparison.Ordinal)) envelope.Add(line);
                await SayAsync(stream, line switch { "DATA" => "354 go on", "QUIT" => "221 bye", _ => "250 2.0.0 ok" });
                if (line == "QUIT") return;
                if (line != "DATA") continue;
                if (await TakeAsync(reader, envelope) is not { } reply) return;
                await SayAsync(stream, reply);
            }
        }
        catch (Exception over) when (over is OperationCanceledException or IOException or SocketException)
        {
            // The server left, or the test is over.
        }
    }

    // Null: it dies without a word, and without having given the message back.
    private async Task<string?> TakeAsync(StreamReader reader, List<string> envelope)
    {
        var content = new List<string>();
        while (await reader.ReadLineAsync(_end.Token) is { } text && text != ".") content.Add(text);
        var subject = content.First(line => line.StartsWith("Subject: ", StringComparison.Ordinal))["Subject: ".Length..];
        var isFirst = _tries.AddOrUpdate(subject, 1, (_, tries) => tries + 1) == 1;
        if (isFirst && subject.Contains("dies", StringComparison.Ordinal)) return null;
        if (isFirst && subject.Contains("waits", StringComparison.Ordinal)) return "451 4.3.0 later";
        if (subject.Contains("spam", StringComparison.Ordinal)) return "550 5.7.1 no spam";
        await using var back = await SmtpConnection.OpenAsync(_back);
        await back.ExpectAsync("EHLO filter.test", "250");
        foreach (var line in envelope) await back.ExpectAsync(line, "250");
        await back.ExpectAsync("DATA", "354");
        return await back.AskAsync($"X-Filtered: yes\r\n{string.Join("\r\n", content)}\r\n.");
    }

    private Task SayAsync(NetworkStream stream, string reply) => stream.WriteAsync(Encoding.Latin1.GetBytes(reply + "\r\n"), _end.Token).AsTask();

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _serving;
        _listener.Dispose();
        _end.Dispose();
    }
}
