using Serilog.Events;

namespace PolicyMTA.Logging;

/// <summary>How an event looks as a line.</summary>
internal interface ILineFormat
{
    /// <summary>Appends the line with its end.</summary>
    void Append(LogEvent logEvent, LineBuffer line);
}
