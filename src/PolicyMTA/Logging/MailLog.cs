using Microsoft.Extensions.Logging;
using PolicyMTA.Configuration;
using Serilog.Core;
using Serilog.Events;

namespace PolicyMTA.Logging;

/// <summary>The program's log: a logger factory over one queued sink. Disposing it writes what is waiting.</summary>
internal sealed class MailLog : ILoggerFactory, IAsyncDisposable
{
    private readonly LoggingLevelSwitch _level;
    private readonly QueuedSink _sink;
    private readonly Logger _logger;
    private readonly bool _keepsProperties;
    private readonly TimeProvider _time;

    private MailLog(IReadOnlyList<ILogOutput> outputs, LogEventLevel level, bool keepsProperties, TimeProvider time)
    {
        (_level, _keepsProperties, _time) = (new LoggingLevelSwitch(level), keepsProperties, time);
        _sink = new QueuedSink(outputs, time);
        _logger = new Serilog.LoggerConfiguration().MinimumLevel.ControlledBy(_level).WriteTo.Sink(_sink).CreateLogger();
    }

    /// <summary>Lines that found no room or no working output.</summary>
    public long Dropped => _sink.Dropped;

    /// <summary>A log on the outputs that the configuration names.</summary>
    /// <exception cref="IOException">The log file can't be opened; likewise <see cref="UnauthorizedAccessException"/>.</exception>
    public static MailLog Open(LoggingSection settings, string syslogName, string syslogFacility, Stream console, TimeProvider time)
    {
        var tag = new SyslogTag(syslogName, Facilities.Find(syslogFacility));
        var outputs = new List<ILogOutput>();
        if (settings.Console) outputs.Add(new StreamOutput(console, new ConsoleFormat()));
        if (settings.File is { Length: > 0 } file) outputs.Add(new FileOutput(file, settings.FileFormat == "json" ? new JsonFormat() : new SyslogFileFormat(tag, Environment.MachineName), time));
        if (settings.Syslog is { Length: > 0 } socket) outputs.Add(new SyslogOutput(socket, tag, time));
        return new MailLog(outputs, Level(settings.Level), settings.FileFormat == "json", time);
    }

    /// <summary>A log on given outputs.</summary>
    public static MailLog Open(IReadOnlyList<ILogOutput> outputs, TimeProvider time) => new(outputs, LogEventLevel.Information, keepsProperties: true, time);

    public ILogger CreateLogger(string categoryName) => new MailLogger(categoryName, new SerilogPipeline(_logger), _level, _keepsProperties, _time);

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException("Outputs are named in [logging].");

    private static LogEventLevel Level(string name) => name switch
    {
        "debug" => LogEventLevel.Debug,
        "warning" => LogEventLevel.Warning,
        "error" => LogEventLevel.Error,
        _ => LogEventLevel.Information,
    };

    /// <inheritdoc/>
    public void Dispose() { }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _logger.DisposeAsync();
        await _sink.DisposeAsync();
    }

    private sealed class SerilogPipeline(Logger logger) : ILogEventSink
    {
        public void Emit(LogEvent logEvent) => logger.Write(logEvent);
    }
}
