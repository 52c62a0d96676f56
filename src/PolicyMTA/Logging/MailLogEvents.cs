using Serilog.Events;
using Serilog.Parsing;

namespace PolicyMTA.Logging;

/// <summary>Makes Serilog events of finished lines: the text is formatted once, by the generated logging method, and never parsed again.</summary>
internal static class MailLogEvents
{
    public const string CategoryProperty = "SourceContext";

    public static LogEvent Create(DateTimeOffset time, LogEventLevel level, string category, string text) =>
        Create(time, level, new LogEventProperty(CategoryProperty, new ScalarValue(category)), text, null, []);

    public static LogEvent Create(DateTimeOffset time, LogEventLevel level, LogEventProperty category, string text, Exception? exception, IEnumerable<LogEventProperty> properties)
    {
        var logEvent = LogEvent.UnstableAssembleFromParts(time, level, exception, new MessageTemplate(text, [new TextToken(text)]), new Dictionary<string, LogEventPropertyValue> { [category.Name] = category.Value }, default, default);
        foreach (var property in properties) logEvent.AddOrUpdateProperty(property);
        return logEvent;
    }

    /// <summary>The line as it was formatted.</summary>
    public static string Text(this LogEvent logEvent) => logEvent.MessageTemplate.Text;

    /// <summary>The service a line is of: <c>smtpd</c>, <c>qmgr</c>.</summary>
    public static string Category(this LogEvent logEvent) =>
        logEvent.Properties.TryGetValue(CategoryProperty, out var value) && value is ScalarValue { Value: string name } ? name : "policymta";
}
