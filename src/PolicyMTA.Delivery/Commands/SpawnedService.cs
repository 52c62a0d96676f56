using System.ComponentModel;
using System.Diagnostics;
using System.IO.Pipelines;
using System.Text;
using Microsoft.Extensions.Logging;
using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Commands;

/// <summary>
/// Starts a process for each connection and joins its standard input and output to it (spawn(8)): services such as policyd-spf are written for that. A process ends with its connection,
/// or after its time. No thread waits for one. Thread-safe.
/// </summary>
public sealed partial class SpawnedService(SpawnSettings settings, TimeProvider time, ILogger log) : IConnectionService
{
    /// <summary>What a process may take to answer and end once nothing more is asked.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private const int ErrorKept = 1000;

    private readonly SemaphoreSlim _places = new(settings.ProcessLimit);

    /// <inheritdoc/>
    public async ValueTask ServeAsync(IDuplexPipe connection, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(connection);
        await _places.WaitAsync(cancellationToken);
        try
        {
            await RunAsync(connection, cancellationToken);
        }
        finally
        {
            _places.Release();
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _places.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task RunAsync(IDuplexPipe connection, CancellationToken cancellationToken)
    {
        var group = new ProcessGroup();
        using var process = new Process { StartInfo = CommandRunner.StartInfo(new CommandRun(settings.Command, settings.User, settings.Directory, CommandRun.BaseEnvironment(), settings.TimeLimit), group) };
        try
        {
            process.Start();
        }
        catch (Exception error) when (error is Win32Exception or InvalidOperationException or IOException)
        {
            Log.NotStarted(log, settings.Name, settings.Command[0], error.Message);
            return;
        }
        using var limit = new CancellationTokenSource(settings.TimeLimit, time);
        var errors = ReadErrorsAsync(process, limit.Token);
        try
        {
            await JoinAsync(process, connection, limit.Token, cancellationToken);
        }
        finally
        {
            if (limit.IsCancellationRequested) Log.TooLong(log, settings.Name, settings.TimeLimit.TotalSeconds);
            await EndAsync(process, group, errors);
        }
    }

    /// <summary>Until the client or the process is done; then the other has a moment.</summary>
    private async Task JoinAsync(Process process, IDuplexPipe connection, CancellationToken limit, CancellationToken end)
    {
        using var reading = CancellationTokenSource.CreateLinkedTokenSource(limit, end);
        using var writing = CancellationTokenSource.CreateLinkedTokenSource(limit);
        var input = CopyInAsync(connection.Input, process, reading.Token);
        var output = CopyOutAsync(process, connection.Output, writing.Token);
        await Task.WhenAny(input, output);
        if (!output.IsCompleted) await Task.WhenAny(output, Task.Delay(Patience, time, limit));
        await reading.CancelAsync();
        await writing.CancelAsync();
        await Task.WhenAll(input, output);
    }

    private static async Task CopyInAsync(PipeReader from, Process process, CancellationToken cancellationToken)
    {
        await using var input = process.StandardInput.BaseStream;
        try
        {
            await from.CopyToAsync(input, cancellationToken);
        }
        catch (Exception over) when (over is IOException or OperationCanceledException)
        {
            // The process, or the client, is gone, or we are asked to end.
        }
    }

    private static async Task CopyOutAsync(Process process, PipeWriter to, CancellationToken cancellationToken)
    {
        try
        {
            await process.StandardOutput.BaseStream.CopyToAsync(to, cancellationToken);
        }
        catch (Exception over) when (over is IOException or OperationCanceledException)
        {
            // Likewise.
        }
    }

    // What is beyond the beginning is read and forgotten, so that a talkative process never waits.
    private static async Task<string> ReadErrorsAsync(Process process, CancellationToken cancellationToken)
    {
        var (buffer, kept) = (new byte[ErrorKept], new MemoryStream());
        try
        {
            int count;
            while ((count = await process.StandardError.BaseStream.ReadAsync(buffer, cancellationToken)) > 0) kept.Write(buffer, 0, (int)Math.Min(count, ErrorKept - kept.Length));
        }
        catch (Exception over) when (over is IOException or OperationCanceledException)
        {
            // What was said until then.
        }
        return string.Join(' ', Encoding.UTF8.GetString(kept.ToArray()).Split((char[])['\r', '\n', '\0', '\t', ' '], StringSplitOptions.RemoveEmptyEntries));
    }

    private async Task EndAsync(Process process, ProcessGroup group, Task<string> errors)
    {
        try
        {
            // It has closed its output, or was asked to end long ago.
            await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(1), time);
            if (process.ExitCode != 0) Log.Exited(log, settings.Name, process.ExitCode, await errors.WaitAsync(TimeSpan.FromSeconds(1), time));
        }
        catch (TimeoutException)
        {
            CommandRunner.End(process, group);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "service {Service}: {Command} can't be started: {Reason}")]
        public static partial void NotStarted(ILogger logger, string service, string command, string reason);

        [LoggerMessage(Level = LogLevel.Warning, Message = "service {Service}: a process took more than {Seconds} s and is ended")]
        public static partial void TooLong(ILogger logger, string service, double seconds);

        [LoggerMessage(Level = LogLevel.Warning, Message = "service {Service}: a process ended with code {Code}: {Said}")]
        public static partial void Exited(ILogger logger, string service, int code, string said);
    }
}
