using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace PolicyMTA.Delivery.Tests.Support;

/// <summary>Keeps log lines as <c>category: text</c>.</summary>
internal sealed class LineLog : ILoggerFactory
{
    public ConcurrentQueue<string> Lines { get; } = new();

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    public void AddProvider(ILoggerProvider provider) { }

    public void Dispose() { }

    private sealed class Logger(LineLog log, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => log.Lines.Enqueue($"{category}: {formatter(state, exception)}");
    }
}
