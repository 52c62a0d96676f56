using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace PolicyMTA.Delivery.Commands;

/// <summary>Runs commands: bytes in, the beginning of what they say out, an end within a time. No shell, no inherited environment, no thread that waits.</summary>
internal sealed class CommandRunner(TimeProvider time)
{
    private const int OutputKept = 4096;
    // A child of the command may hold its output open for ever.
    private static readonly TimeSpan OutputPatience = TimeSpan.FromSeconds(5);

    /// <param name="run">What to run.</param>
    /// <param name="write">Writes its standard input; what it does not read is no failure. Any other exception of it ends the command and leaves this call.</param>
    /// <param name="cancellationToken">Ends the command.</param>
    public async Task<CommandEnd> RunAsync(CommandRun run, Func<Stream, CancellationToken, Task> write, CancellationToken cancellationToken)
    {
        var group = new ProcessGroup();
        using var process = new Process { StartInfo = StartInfo(run, group) };
        try
        {
            process.Start();
        }
        catch (Exception error) when (error is Win32Exception or InvalidOperationException or IOException)
        {
            return new CommandEnd.NotStarted(error.Message);
        }
        using var limit = new CancellationTokenSource(run.TimeLimit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            // Begun before anything is written: a command that talks much before it reads would wait for us, and we for it.
            var output = ReadAsync(process, either.Token);
            await WriteAsync(process, write, either.Token);
            await process.WaitForExitAsync(either.Token);
            await Task.WhenAny(output, Task.Delay(OutputPatience, time, either.Token));
            var text = output.IsCompletedSuccessfully ? await output : "";
            return ProcessGroup.FindStartFailure(process.ExitCode, text) is { } failure ? new CommandEnd.NotStarted(failure) : new CommandEnd.Exited(process.ExitCode, text);
        }
        catch (OperationCanceledException)
        {
            End(process, group);
            if (cancellationToken.IsCancellationRequested) throw;
            return new CommandEnd.TimedOut();
        }
        catch
        {
            // Ended before its input is closed: it must not take a part for the whole.
            End(process, group);
            throw;
        }
    }

    /// <summary>How a command is started: in a session of its own, with all three streams ours.</summary>
    public static ProcessStartInfo StartInfo(CommandRun run, ProcessGroup group)
    {
        var words = ProcessGroup.Words(run.Words);
        var info = new ProcessStartInfo(words[0]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false, WorkingDirectory = run.Directory };
        foreach (var word in words.Skip(1)) info.ArgumentList.Add(word);
        info.Environment.Clear();
        foreach (var (name, value) in run.Environment) info.Environment[name] = value;
        info.Environment[ProcessGroup.MarkName] = group.Mark;
        if (run.User is { } user && user != Environment.UserName) info.UserName = user;
        return info;
    }

    // A command may end, or close its input, without having read all of it: its exit code says what that means.
    private static async Task WriteAsync(Process process, Func<Stream, CancellationToken, Task> write, CancellationToken cancellationToken)
    {
        var input = process.StandardInput.BaseStream;
        try
        {
            await write(input, cancellationToken);
        }
        catch (IOException) { }
        try
        {
            await input.DisposeAsync();
        }
        catch (IOException) { }
    }

    private static async Task<string> ReadAsync(Process process, CancellationToken cancellationToken)
    {
        var texts = await Task.WhenAll(ReadAsync(process.StandardOutput.BaseStream, cancellationToken), ReadAsync(process.StandardError.BaseStream, cancellationToken));
        return string.Join(' ', texts.Where(text => text.Length > 0));
    }

    // What is beyond the beginning is read and forgotten, so that a talkative command never waits.
    private static async Task<string> ReadAsync(Stream stream, CancellationToken cancellationToken)
    {
        var (buffer, kept) = (new byte[OutputKept], new MemoryStream());
        int count;
        while ((count = await stream.ReadAsync(buffer, cancellationToken)) > 0) kept.Write(buffer, 0, (int)Math.Min(count, OutputKept - kept.Length));
        return string.Join(' ', Encoding.UTF8.GetString(kept.ToArray()).Split((char[])['\r', '\n', '\0', '\t', ' '], StringSplitOptions.RemoveEmptyEntries));
    }

    /// <summary>Ends a command and all that came of it.</summary>
    public static void End(Process process, ProcessGroup group)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (Exception error) when (error is InvalidOperationException or Win32Exception or AggregateException)
        {
            // It was faster.
        }
        group.End(process);
    }
}
