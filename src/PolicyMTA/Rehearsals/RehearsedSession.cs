using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Connections;
using PolicyMTA.Policy;
using PolicyMTA.Policy.Testing;
using PolicyMTA.Receiving;

namespace PolicyMTA.Rehearsals;

/// <summary>One SMTP session without a socket, from the client's side. Used by one flow.</summary>
internal sealed class RehearsedSession : IAsyncDisposable
{
    // By the wall: the rehearsal's own clock stands still.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly Pipe _toServer = new(), _toClient = new();
    private readonly HeardDecisions _decisions;
    private readonly Task _serving;

    public RehearsedSession(SmtpReceiver receiver, HeardDecisions decisions, string listener, IPEndPoint client, IPEndPoint server, KnownClient known)
    {
        _decisions = decisions;
        var connection = new DefaultConnectionContext("rehearsal", new Duplex(_toServer.Reader, _toClient.Writer), new Duplex(_toClient.Reader, _toServer.Writer)) { LocalEndPoint = server, RemoteEndPoint = client };
        _serving = ServeAsync(receiver, listener, connection, known);
    }

    /// <summary>How many recipients of the transaction were accepted: LMTP answers a message that often.</summary>
    private int _accepted;

    /// <summary>Says a line, or nothing, and reads the reply.</summary>
    public async Task<RehearsedReply> SayAsync(string? line, CancellationToken cancellationToken)
    {
        _decisions.TakeAll();
        if (line is not null) await WriteAsync(line + "\r\n", cancellationToken);
        var reply = await ReadAsync(cancellationToken);
        if (line is null) return reply;
        if (line.StartsWith("RCPT", StringComparison.OrdinalIgnoreCase) && reply.Code < 300) _accepted++;
        else if (!line.StartsWith("RCPT", StringComparison.OrdinalIgnoreCase)) _accepted = line.StartsWith("DATA", StringComparison.OrdinalIgnoreCase) ? _accepted : 0;
        return reply;
    }

    /// <summary>DATA and the message; one reply, or with LMTP one for each recipient.</summary>
    public async Task<IReadOnlyList<RehearsedReply>> SendAsync(string message, bool isLmtp, CancellationToken cancellationToken)
    {
        var replies = isLmtp ? Math.Max(1, _accepted) : 1;
        var go = await SayAsync("DATA", cancellationToken);
        if (go.Code != 354) return [go];
        _accepted = 0;
        var text = new StringBuilder();
        foreach (var line in Lines(message)) text.Append(line.StartsWith('.') ? "." : "").Append(line).Append("\r\n");
        await WriteAsync(text.Append(".\r\n").ToString(), cancellationToken);
        var all = new List<RehearsedReply> { await ReadAsync(cancellationToken) };
        while (all.Count < replies) all.Add(await ReadAsync(cancellationToken));
        return all;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _toServer.Writer.CompleteAsync();
        await _toClient.Reader.CompleteAsync();
        await _serving.WaitAsync(Patience);
    }

    private async Task ServeAsync(SmtpReceiver receiver, string listener, ConnectionContext connection, KnownClient known)
    {
        await Task.Yield();
        try
        {
            await receiver.ServeAsync(listener, connection, known);
        }
        finally
        {
            await _toClient.Writer.CompleteAsync();
        }
    }

    private static IEnumerable<string> Lines(string message)
    {
        var lines = message.ReplaceLineEndings("\n").Split('\n');
        return lines[^1].Length == 0 ? lines[..^1] : lines;
    }

    private async Task WriteAsync(string text, CancellationToken cancellationToken) => await _toServer.Writer.WriteAsync(Encoding.UTF8.GetBytes(text), cancellationToken);

    private async Task<RehearsedReply> ReadAsync(CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        var lines = new List<string>();
        try
        {
            while (lines.Count == 0 || lines[^1].Length > 3 && lines[^1][3] == '-')
            {
                if (await ReadLineAsync(patience.Token) is not { } line) break;
                lines.Add(line);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new PolicyTestException("the server does not answer; where something waits for time to pass, move it on with clock.advance");
        }
        if (lines.Count > 0) return new RehearsedReply(lines, _decisions.TakeAll());
        if (_serving.IsFaulted) throw new PolicyTestException(_serving.Exception.InnerException!.Message);
        throw new PolicyTestException("the server has closed the session");
    }

    private async Task<string?> ReadLineAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await _toClient.Reader.ReadAsync(cancellationToken);
            if (read.Buffer.PositionOf((byte)'\n') is { } end)
            {
                var line = Encoding.UTF8.GetString(read.Buffer.Slice(0, end)).TrimEnd('\r');
                _toClient.Reader.AdvanceTo(read.Buffer.GetPosition(1, end));
                return line;
            }
            _toClient.Reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            if (read.IsCompleted) return null;
        }
    }

    private sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}

/// <summary>A reply, and what was decided on the way to it. An immutable value.</summary>
/// <param name="Lines">Its lines, with their codes.</param>
/// <param name="Decisions">What was decided.</param>
internal sealed record RehearsedReply(IReadOnlyList<string> Lines, IReadOnlyList<Decision> Decisions)
{
    /// <summary>Its code.</summary>
    public int Code { get; } = int.TryParse(Lines[^1].AsSpan(0, Math.Min(3, Lines[^1].Length)), NumberStyles.None, CultureInfo.InvariantCulture, out var code) ? code : 0;

    /// <summary>Every rule that was asked, in order.</summary>
    public IReadOnlyList<DecisionStep> Steps => [.. Decisions.SelectMany(d => d.Steps)];

    /// <summary>Whose word it is; null when no rule was asked.</summary>
    public DecisionStep? Decider => Decisions.Count == 0 ? null : Decisions[^1].Decider;
}
