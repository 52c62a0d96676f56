using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;

namespace PolicyMTA.Testing;

/// <summary>
/// Plays a dialogue against an SMTP server. Lines: <c>S: text</c> expects a reply line (<c>*</c> matches anything; <c>S: ...</c> skips to the end of the reply),
/// <c>C: text</c> sends a line, <c>C! text</c> sends bytes with C-like escapes, <c>T: 5m</c> moves the clock, <c>W: 5m</c> until there is an answer, <c>TLS</c> shakes hands,
/// <c>EOF</c> expects the server to close.
/// </summary>
public sealed partial class Dialogue : IAsyncDisposable
{
    private static readonly TimeSpan TimeToAnswer = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly TcpClient _socket = new();
    private readonly List<byte> _received = [];
    private readonly StringBuilder _transcript = new();
    private readonly Func<TimeSpan, Task> _moveClock;
    private Stream _stream = Stream.Null;

    private Dialogue(Func<TimeSpan, Task> moveClock) => _moveClock = moveClock;

    public static async Task PlayAsync(EndPoint server, string script, Func<TimeSpan, Task> moveClock, bool implicitTls = false)
    {
        await using var dialogue = await OpenAsync(server, moveClock);
        if (implicitTls) await dialogue.StartTlsAsync();
        await dialogue.PlayAsync(script);
    }

    /// <summary>Connects; the dialogue can be played in parts.</summary>
    public static async Task<Dialogue> OpenAsync(EndPoint server, Func<TimeSpan, Task>? moveClock = null)
    {
        var dialogue = new Dialogue(moveClock ?? (_ => throw new NotSupportedException("this dialogue has no clock")));
        await dialogue.ConnectAsync((IPEndPoint)server);
        return dialogue;
    }

    public async Task PlayAsync(string script)
    {
        foreach (var line in script.Split('\n')) await StepAsync(line.Trim());
    }

    public async ValueTask DisposeAsync()
    {
        await _stream.DisposeAsync();
        _socket.Dispose();
    }

    /// <summary>What a step sends; null when it sends nothing.</summary>
    public static byte[]? Sent(string step)
    {
        if (step.StartsWith("C: ", StringComparison.Ordinal) || step == "C:") return Encoding.Latin1.GetBytes((step.Length > 3 ? step[3..] : "") + "\r\n");
        return step.StartsWith("C! ", StringComparison.Ordinal) ? Encoding.Latin1.GetBytes(Unescape(step[3..])) : null;
    }

    private async Task ConnectAsync(IPEndPoint server)
    {
        await _socket.ConnectAsync(server);
        _socket.NoDelay = true;
        _stream = _socket.GetStream();
    }

    private async Task StepAsync(string step)
    {
        _transcript.AppendLine(step);
        if (step.Length == 0) return;
        if (step == "TLS") await StartTlsAsync();
        else if (step == "EOF") await ExpectEndAsync();
        else if (Sent(step) is { } octets) await _stream.WriteAsync(octets);
        else if (step.StartsWith("S: ", StringComparison.Ordinal)) await ExpectAsync(step[3..]);
        else if (step.StartsWith("T: ", StringComparison.Ordinal)) await _moveClock(Span(step[3..]));
        else if (step.StartsWith("W: ", StringComparison.Ordinal)) await MoveUntilAnsweredAsync(Span(step[3..]));
        else throw new FormatException($"no step of a dialogue: {step}");
    }

    /// <summary>
    /// Moves the clock again and again until there is a reply: for what the server itself waits for. It gets real time to answer in between, else a busy machine
    /// would see hours pass.
    /// </summary>
    private async Task MoveUntilAnsweredAsync(TimeSpan by)
    {
        while (!await Task.Run(() => _socket.Client.Poll(TimeToAnswer, SelectMode.SelectRead))) await _moveClock(by);
    }

    private async Task StartTlsAsync()
    {
        var tls = new SslStream(_stream, leaveInnerStreamOpen: false, (_, certificate, _, _) => certificate is not null);
        await tls.AuthenticateAsClientAsync("example.test");
        _stream = tls;
        _received.Clear();
    }

    private async Task ExpectAsync(string pattern)
    {
        if (pattern == "...")
        {
            while ((await ReadLineAsync()) is { Length: > 3 } line && line[3] == '-') { }
            return;
        }
        var got = await ReadLineAsync() ?? "<closed>";
        if (!Matches(got, pattern)) throw new InvalidOperationException($"expected: {pattern}\n     got: {got}\nafter:\n{_transcript}");
    }

    private async Task ExpectEndAsync()
    {
        if (await ReadLineAsync() is { } line) throw new InvalidOperationException($"expected the server to close, got: {line}\nafter:\n{_transcript}");
    }

    private async Task<string?> ReadLineAsync()
    {
        var buffer = new byte[4096];
        while (true)
        {
            var end = _received.IndexOf((byte)'\n');
            if (end >= 0)
            {
                var line = Encoding.Latin1.GetString([.. _received[..end]]).TrimEnd('\r');
                _received.RemoveRange(0, end + 1);
                return line;
            }
            using var patience = new CancellationTokenSource(Patience);
            var count = await ReadAsync(buffer, patience.Token);
            if (count == 0) return null;
            _received.AddRange(buffer.AsSpan(0, count));
        }
    }

    private async Task<int> ReadAsync(byte[] buffer, CancellationToken cancellationToken)
    {
        try
        {
            return await _stream.ReadAsync(buffer, cancellationToken);
        }
        catch (IOException)
        {
            return 0; // a reset is a close too
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"no reply within {Patience} after:\n{_transcript}");
        }
    }

    private static bool Matches(string text, string pattern)
    {
        var parts = pattern.Split('*');
        if (parts.Length == 1) return text == pattern;
        if (!text.StartsWith(parts[0], StringComparison.Ordinal) || !text.EndsWith(parts[^1], StringComparison.Ordinal)) return false;
        var position = parts[0].Length;
        foreach (var part in parts[1..^1])
        {
            var at = text.IndexOf(part, position, StringComparison.Ordinal);
            if (at < 0) return false;
            position = at + part.Length;
        }
        return position <= text.Length - parts[^1].Length;
    }

    private static TimeSpan Span(string text) => text[^1] switch
    {
        's' => TimeSpan.FromSeconds(int.Parse(text[..^1], CultureInfo.InvariantCulture)),
        'm' => TimeSpan.FromMinutes(int.Parse(text[..^1], CultureInfo.InvariantCulture)),
        'h' => TimeSpan.FromHours(int.Parse(text[..^1], CultureInfo.InvariantCulture)),
        _ => throw new FormatException($"no time: {text}"),
    };

    /// <summary>C-like escapes, <c>\xc3</c> for a byte, and <c>{100}</c> for so many bytes of text.</summary>
    private static string Unescape(string text) => Escapes().Replace(Fill().Replace(text, fill => new string('x', int.Parse(fill.Groups[1].Value, CultureInfo.InvariantCulture))), escape => escape.Value[1] switch
    {
        'r' => "\r",
        'n' => "\n",
        't' => "\t",
        '0' => "\0",
        _ => ((char)Convert.ToByte(escape.Value[2..], 16)).ToString(),
    });

    [GeneratedRegex(@"\\(?:[rnt0]|x[0-9a-fA-F]{2})")]
    private static partial Regex Escapes();

    [GeneratedRegex(@"^\{(\d+)\}$")]
    private static partial Regex Fill();
}
