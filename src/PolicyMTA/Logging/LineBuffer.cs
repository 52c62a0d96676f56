using System.Buffers;
using System.Globalization;
using System.Text;
using Serilog.Events;

namespace PolicyMTA.Logging;

/// <summary>UTF-8 bytes of log lines; what comes from outside can't start a line of its own.</summary>
internal sealed class LineBuffer
{
    private readonly ArrayBufferWriter<byte> _bytes = new(16 * 1024);

    public ReadOnlySpan<byte> Written => _bytes.WrittenSpan;
    public int Length => _bytes.WrittenCount;

    public void Clear() => _bytes.ResetWrittenCount();

    public void Append(ReadOnlySpan<char> text) => Encoding.UTF8.GetBytes(text, _bytes);

    public void Append(int number)
    {
        number.TryFormat(_bytes.GetSpan(11), out var length, default, CultureInfo.InvariantCulture);
        _bytes.Advance(length);
    }

    public void Append(DateTimeOffset time, string format)
    {
        time.TryFormat(_bytes.GetSpan(40), out var length, format, CultureInfo.InvariantCulture);
        _bytes.Advance(length);
    }

    /// <summary>Text without control characters.</summary>
    public void AppendClean(ReadOnlySpan<char> text)
    {
        for (var at = IndexOfControl(text); at >= 0; at = IndexOfControl(text))
        {
            Append(text[..at]);
            Append(text[at] is '\n' or '\t' ? " " : text[at] == '\r' ? "" : "?");
            text = text[(at + 1)..];
        }
        Append(text);
    }

    /// <summary>What an event says: Postfix's word for its level, its text, and in short what was thrown.</summary>
    public void AppendMessage(LogEvent logEvent)
    {
        Append(SyslogTag.Word(logEvent.Level));
        AppendClean(logEvent.Text());
        if (logEvent.Exception is not { } exception) return;
        Append(" (");
        Append(exception.GetType().Name);
        Append(": ");
        AppendClean(exception.Message);
        Append(")");
    }

    /// <summary><c>Nov  2 09:05:00</c> (RFC 3164 §4.1.2).</summary>
    public void AppendSyslogTime(DateTimeOffset time) => Append(time, time.Day < 10 ? "MMM  d HH:mm:ss" : "MMM d HH:mm:ss");

    public void EndLine() => Append("\n");

    private static int IndexOfControl(ReadOnlySpan<char> text) => text.IndexOfAny(Controls);

    private static readonly SearchValues<char> Controls = SearchValues.Create([.. Enumerable.Range(0, 32).Append(127).Concat(Enumerable.Range(128, 32)).Append(0x2028).Append(0x2029).Select(c => (char)c)]);
}
