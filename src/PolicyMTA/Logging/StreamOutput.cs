using Serilog.Events;

namespace PolicyMTA.Logging;

/// <summary>Lines on a stream that stays open: the console.</summary>
internal sealed class StreamOutput(Stream stream, ILineFormat format) : ILogOutput
{
    private readonly LineBuffer _lines = new();

    public void Write(LogEvent logEvent) => format.Append(logEvent, _lines);

    public void Flush()
    {
        try
        {
            stream.Write(_lines.Written);
            stream.Flush();
        }
        finally
        {
            _lines.Clear();
        }
    }

    public void Dispose() => stream.Dispose();
}
