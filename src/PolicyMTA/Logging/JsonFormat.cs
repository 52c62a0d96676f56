using Serilog.Events;
using Serilog.Formatting.Compact;

namespace PolicyMTA.Logging;

/// <summary>One JSON object per line, with every value of the event under its name.</summary>
internal sealed class JsonFormat : ILineFormat
{
    private readonly RenderedCompactJsonFormatter _formatter = new();
    private readonly StringWriter _text = new();

    public void Append(LogEvent logEvent, LineBuffer line)
    {
        _text.GetStringBuilder().Clear();
        _formatter.Format(logEvent, _text);
        foreach (var chunk in _text.GetStringBuilder().GetChunks()) line.Append(chunk.Span);
    }
}
