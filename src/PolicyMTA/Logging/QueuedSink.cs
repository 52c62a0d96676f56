using System.Threading.Channels;
using Serilog.Core;
using Serilog.Events;

namespace PolicyMTA.Logging;

/// <summary>
/// Takes events from sessions without ever making them wait and hands them to the outputs from one task. What comes in while a batch is written goes
/// out with the next: a busy server pays for one system call per batch, not per line. When the outputs can't keep up events are dropped and counted.
/// </summary>
internal sealed class QueuedSink : ILogEventSink, IAsyncDisposable
{
    private const int Capacity = 16_384;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(2);

    private readonly Channel<LogEvent> _waiting = Channel.CreateBounded<LogEvent>(new BoundedChannelOptions(Capacity) { SingleReader = true });
    private readonly CancellationTokenSource _closing = new();
    private readonly IReadOnlyList<ILogOutput> _outputs;
    private readonly TimeProvider _time;
    private readonly Task _writing;
    private long _dropped;
    private long _reported;

    public QueuedSink(IReadOnlyList<ILogOutput> outputs, TimeProvider time)
    {
        (_outputs, _time) = (outputs, time);
        _writing = Task.Run(WriteAllAsync);
    }

    /// <summary>How many events found no room or no working output.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    public void Emit(LogEvent logEvent)
    {
        if (!_waiting.Writer.TryWrite(logEvent)) Interlocked.Increment(ref _dropped);
    }

    private async Task WriteAllAsync()
    {
        while (await _waiting.Reader.WaitToReadAsync())
        {
            while (WriteBatch()) { }
            await Task.Delay(Pause, _time, _closing.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private bool WriteBatch()
    {
        var count = 0;
        for (; count < 1000 && _waiting.Reader.TryRead(out var logEvent); count++)
        {
            foreach (var output in _outputs) Try(output, logEvent, static (o, e) => o.Write(e!));
        }
        if (count == 0) return false;
        if (Dropped is var dropped && dropped > _reported) ReportDropped(dropped);
        foreach (var output in _outputs) Try(output, null, static (o, _) => o.Flush());
        return true;
    }

    private void ReportDropped(long dropped)
    {
        var lost = MailLogEvents.Create(_time.GetLocalNow(), LogEventLevel.Warning, "log", $"{dropped - _reported} log lines were dropped");
        _reported = dropped;
        foreach (var output in _outputs) Try(output, lost, static (o, e) => o.Write(e!));
    }

    private void Try(ILogOutput output, LogEvent? logEvent, Action<ILogOutput, LogEvent?> action)
    {
        try
        {
            action(output, logEvent);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or System.Net.Sockets.SocketException or ObjectDisposedException)
        {
            // A full disk or a closed terminal must not end the log of the other outputs; there is nowhere to say it but the count.
            Interlocked.Increment(ref _dropped);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _waiting.Writer.TryComplete();
        await _closing.CancelAsync();
        // A terminal that is stopped must not keep the server from ending.
        await _writing.WaitAsync(LastWords, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!_writing.IsCompleted) return;
        foreach (var output in _outputs) output.Dispose();
        _closing.Dispose();
    }
}
