using Serilog.Events;

namespace PolicyMTA.Logging;

/// <summary>Where log lines end up. Called by one task at a time; may throw when the place is broken, and is asked again for the next lines.</summary>
internal interface ILogOutput : IDisposable
{
    /// <summary>Takes one event; may keep it until the flush.</summary>
    void Write(LogEvent logEvent);
    /// <summary>Puts out what was taken.</summary>
    void Flush();
}
