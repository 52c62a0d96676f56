using Serilog.Events;
using Serilog.Formatting.Compact;

namespace PolicyMTA.Logging;

/// <summary>One JSON object per line, with every value of the event under its name.</summary>
internal sealed class JsonFormat : ILineFormat
{
    private readonly RenderedCompactJsonFormatter _formatter = new();

    public void Append(LogEvent logEvent, LineBuffer line)
    {
        using var text = new StringWriter();
        _formatter.Format(logEvent, text);
        foreach (var chunk in text.GetStringBuilder().GetChunks()) line.Append(chunk.Span);
    }
}
