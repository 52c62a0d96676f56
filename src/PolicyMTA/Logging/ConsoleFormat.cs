using Serilog.Events;

namespace PolicyMTA.Logging;

/// <summary><c>09:05:00 smtpd: connect from …</c>, for a person who watches.</summary>
internal sealed class ConsoleFormat : ILineFormat
{
    public void Append(LogEvent logEvent, LineBuffer line)
    {
        line.Append(logEvent.Timestamp, "HH:mm:ss");
        line.Append(" ");
        line.Append(logEvent.Category());
        line.Append(": ");
        line.AppendMessage(logEvent);
        line.EndLine();
    }
}
