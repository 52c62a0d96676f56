using System.Buffers;
using System.Text;
using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Commands;

/// <summary>A message as a command reads it: fields in front as the flags ask, lines ended as it wants them (pipe(8)).</summary>
internal sealed class CommandContent(QueuedMessage message, PipeSettings settings)
{
    private const int PieceSize = 32 * 1024;

    /// <param name="output">The command's standard input.</param>
    /// <param name="recipient">Whom the fields in front are about; null when there are several.</param>
    /// <param name="content">The content, open, when it is not in memory.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task WriteAsync(Stream output, QueuedRecipient? recipient, Stream? content, CancellationToken cancellationToken)
    {
        var writer = new LineWriter(settings);
        await output.WriteAsync(Encoding.UTF8.GetBytes(Head(recipient)), cancellationToken);
        if (content is null)
        {
            foreach (var segment in message.Content.Segments!)
            {
                for (var rest = segment; rest.Length > 0; rest = rest[Math.Min(PieceSize, rest.Length)..]) await output.WriteAsync(writer.Convert(rest[..Math.Min(PieceSize, rest.Length)].Span), cancellationToken);
            }
        }
        else
        {
            var buffer = new byte[PieceSize];
            int count;
            while ((count = await ReadAsync(content, buffer, cancellationToken)) > 0) await output.WriteAsync(writer.Convert(buffer.AsSpan(0, count)), cancellationToken);
        }
        await output.WriteAsync(writer.Finish(), cancellationToken);
    }

    /// <summary>The same on a thread that may wait.</summary>
    public void Write(Stream output, QueuedRecipient? recipient, Stream? content)
    {
        var writer = new LineWriter(settings);
        output.Write(Encoding.UTF8.GetBytes(Head(recipient)));
        if (content is null)
        {
            foreach (var segment in message.Content.Segments!)
            {
                for (var rest = segment; rest.Length > 0; rest = rest[Math.Min(PieceSize, rest.Length)..]) output.Write(writer.Convert(rest[..Math.Min(PieceSize, rest.Length)].Span).Span);
            }
        }
        else
        {
            var buffer = new byte[PieceSize];
            int count;
            while ((count = content.Read(buffer, 0, buffer.Length)) > 0) output.Write(writer.Convert(buffer.AsSpan(0, count)).Span);
        }
        output.Write(writer.Finish().Span);
    }

    // Not to be mistaken for a command that reads no further: half a message is none.
    private static async ValueTask<int> ReadAsync(Stream content, byte[] buffer, CancellationToken cancellationToken)
    {
        try
        {
            return await content.ReadAsync(buffer, cancellationToken);
        }
        catch (IOException failure)
        {
            throw new TemporaryFailureException("the content can't be read: " + failure.Message, failure);
        }
    }

    private bool Has(char flag) => settings.Flags.Contains(flag, StringComparison.Ordinal);

    private string Head(QueuedRecipient? recipient)
    {
        var head = new StringBuilder();
        var sender = OneLine(message.Sender.ToEnvelope());
        if (Has('F')) head.Append($"From {(sender.Length == 0 ? "MAILER-DAEMON" : sender)}  {Time(message.Arrived)}").Append(settings.EndOfLine);
        if (Has('R')) head.Append($"Return-Path: <{sender}>").Append(settings.EndOfLine);
        if (recipient is not null && Has('O')) head.Append($"X-Original-To: {OneLine((recipient.Original ?? recipient.Address).ToEnvelope())}").Append(settings.EndOfLine);
        if (recipient is not null && Has('D')) head.Append($"Delivered-To: {OneLine(recipient.Address.ToEnvelope())}").Append(settings.EndOfLine);
        return head.ToString();
    }

    // As asctime(3), whose days have two places: readers count them.
    private static string Time(DateTimeOffset time) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{time.UtcDateTime:ddd MMM} {time.UtcDateTime.Day,2} {time.UtcDateTime:HH:mm:ss yyyy}");

    private static string OneLine(string text) => text.AsSpan().ContainsAny('\r', '\n') ? text.Replace('\r', ' ').Replace('\n', ' ') : text;

    /// <summary>Turns the queue's line ends into the command's, and puts a dot or an angle bracket in front where the flags say so.</summary>
    private sealed class LineWriter(PipeSettings settings)
    {
        private readonly byte[] _end = Encoding.ASCII.GetBytes(settings.EndOfLine);
        private readonly bool _stuffsDots = settings.Flags.Contains('.', StringComparison.Ordinal);
        private readonly bool _quotesFrom = settings.Flags.Contains('>', StringComparison.Ordinal);
        private readonly ArrayBufferWriter<byte> _output = new(PieceSize);
        // The beginning of a line that may yet be "From ", and a CR that may be half of a line's end.
        private readonly byte[] _start = new byte[5];
        private int _held;
        private bool _isAtStart = true, _holdsCr;

        public ReadOnlyMemory<byte> Convert(ReadOnlySpan<byte> bytes)
        {
            _output.ResetWrittenCount();
            foreach (var b in bytes) Add(b);
            return _output.WrittenMemory;
        }

        public ReadOnlyMemory<byte> Finish()
        {
            _output.ResetWrittenCount();
            Release();
            if (_holdsCr) _output.Write("\r"u8);
            if (!_isAtStart) _output.Write(_end);
            if (settings.Flags.Contains('B', StringComparison.Ordinal)) _output.Write(_end);
            return _output.WrittenMemory;
        }

        private void Add(byte b)
        {
            if (_holdsCr)
            {
                _holdsCr = false;
                if (b == '\n')
                {
                    Release();
                    _output.Write(_end);
                    _isAtStart = true;
                    return;
                }
                Put((byte)'\r');
            }
            if (b == '\r') _holdsCr = true;
            else Put(b);
        }

        private void Put(byte b)
        {
            if (_isAtStart && _quotesFrom && _held < _start.Length && b == "From "u8[_held])
            {
                _start[_held++] = b;
                if (_held < _start.Length) return;
                _output.Write(">"u8);
                Release();
                return;
            }
            Release();
            if (_isAtStart && _stuffsDots && b == '.') _output.Write("."u8);
            _output.Write([b]);
            _isAtStart = false;
        }

        private void Release()
        {
            if (_held == 0) return;
            _output.Write(_start.AsSpan(0, _held));
            (_held, _isAtStart) = (0, false);
        }
    }
}
