using Microsoft.Extensions.Logging;
using Serilog.Core;
using Serilog.Events;

namespace PolicyMTA.Logging;

/// <summary>One category's log. Formats the line on the caller's thread, because the values may not outlive the call, and leaves all else to the sink.</summary>
internal sealed class MailLogger(string category, ILogEventSink sink, LoggingLevelSwitch level, bool keepsProperties, TimeProvider time) : ILogger
{
    private const string TemplateProperty = "{OriginalFormat}";
    private readonly LogEventProperty _category = new(MailLogEvents.CategoryProperty, new ScalarValue(Shorten(category)));
    // The web server under the control socket tells of every request; only its complaints are news.
    private readonly LogEventLevel _least = category.StartsWith("Microsoft.", StringComparison.Ordinal) ? LogEventLevel.Warning : LogEventLevel.Verbose;

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None && Level(logLevel) is var asked && asked >= level.MinimumLevel && asked >= _least;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel)) return;
        var properties = keepsProperties && state is IReadOnlyList<KeyValuePair<string, object?>> values ? Properties(values) : [];
        sink.Emit(MailLogEvents.Create(time.GetLocalNow(), Level(logLevel), _category, formatter(state, exception), exception, properties));
    }

    private static List<LogEventProperty> Properties(IReadOnlyList<KeyValuePair<string, object?>> values)
    {
        var properties = new List<LogEventProperty>(values.Count);
        foreach (var (name, value) in values)
        {
            if (name == TemplateProperty || !LogEventProperty.IsValidName(name)) continue;
            properties.Add(new LogEventProperty(name, new ScalarValue(value is null or bool or int or long or double or TimeSpan ? value : value.ToString())));
        }
        return properties;
    }

    private static LogEventLevel Level(LogLevel level) => level switch
    {
        LogLevel.Trace => LogEventLevel.Verbose,
        LogLevel.Debug => LogEventLevel.Debug,
        LogLevel.Information => LogEventLevel.Information,
        LogLevel.Warning => LogEventLevel.Warning,
        LogLevel.Error => LogEventLevel.Error,
        _ => LogEventLevel.Fatal,
    };

    private static string Shorten(string category) => category[(category.LastIndexOf('.') + 1)..];
}
