using Serilog.Events;

namespace PolicyMTA.Logging;

/// <summary>Lines as a syslog daemon writes them, so that what reads Postfix's log reads this one.</summary>
internal sealed class SyslogFileFormat(SyslogTag tag, string machine) : ILineFormat
{
    public void Append(LogEvent logEvent, LineBuffer line)
    {
        line.AppendSyslogTime(logEvent.Timestamp);
        line.Append(" ");
        line.Append(machine);
        line.Append(" ");
        tag.Append(line, logEvent.Category());
        line.AppendMessage(logEvent);
        line.EndLine();
    }
}
