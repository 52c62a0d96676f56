using Microsoft.Extensions.Logging;
using PolicyMTA.Logging;
using Serilog.Events;

namespace PolicyMTA.Tests.Logging;

public sealed class QueuedSinkTests
{
    [Fact]
    public async Task Every_line_that_was_logged_is_written_when_the_log_closes()
    {
        var output = new ListOutput();
        await using (var log = MailLog.Open([output], TimeProvider.System))
        {
            var logger = log.CreateLogger("smtpd");
            for (var i = 0; i < 5000; i++) logger.LogInformation("line {Number}", i);
        }
        Assert.Equal(Enumerable.Range(0, 5000).Select(i => $"smtpd line {i}"), output.Lines);
        Assert.True(output.IsDisposed);
    }

    [Fact]
    public async Task A_stuck_output_never_makes_the_caller_wait_and_what_is_lost_is_counted()
    {
        using var release = new ManualResetEventSlim();
        var output = new ListOutput { Gate = release };
        long dropped;
        await using (var log = MailLog.Open([output], TimeProvider.System))
        {
            var logger = log.CreateLogger("smtpd");
            for (var i = 0; i < 40_000; i++) logger.LogInformation("line");
            dropped = log.Dropped;
            release.Set();
        }
        Assert.True(dropped > 0);
        Assert.Equal(40_000, output.Lines.Count(line => line == "smtpd line") + dropped);
        Assert.Contains(output.Lines, line => line.EndsWith("log lines were dropped", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_broken_output_costs_its_own_lines_only()
    {
        var good = new ListOutput();
        await using (var log = MailLog.Open([new BrokenOutput(), good], TimeProvider.System)) log.CreateLogger("smtpd").LogInformation("line");
        Assert.Contains("smtpd line", good.Lines);
    }

    [Fact]
    public async Task The_web_server_under_the_control_socket_only_complains()
    {
        await using var log = MailLog.Open([new ListOutput()], TimeProvider.System);
        var logger = log.CreateLogger("Microsoft.AspNetCore.Hosting.Diagnostics");
        Assert.False(logger.IsEnabled(LogLevel.Information));
        Assert.True(logger.IsEnabled(LogLevel.Warning));
    }

    private sealed class ListOutput : ILogOutput
    {
        public List<string> Lines { get; } = [];
        public bool IsDisposed { get; private set; }
        public ManualResetEventSlim? Gate { get; init; }

        public void Write(LogEvent logEvent)
        {
            Gate?.Wait();
            Lines.Add($"{logEvent.Category()} {logEvent.Text()}");
        }

        public void Flush() { }
        public void Dispose() => IsDisposed = true;
    }

    private sealed class BrokenOutput : ILogOutput
    {
        public void Write(LogEvent logEvent) => throw new IOException("the disk is full");
        public void Flush() => throw new IOException("the disk is full");
        public void Dispose() { }
    }
}
