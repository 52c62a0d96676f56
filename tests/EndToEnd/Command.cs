using System.Diagnostics;

namespace PolicyMTA.EndToEnd;

/// <summary>How a command ended and what it printed.</summary>
internal sealed record CommandResult(int ExitCode, string Output, string Errors)
{
    public IEnumerable<string> Lines => Output.Split('\n').Select(line => line.TrimEnd('\r'));
}

/// <summary>Runs the commands a person would type.</summary>
internal static class Command
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Skips the test when a real client is not installed, or fails it where all are required.</summary>
    public static void Require(params string[] tools)
    {
        foreach (var tool in tools.Where(tool => !IsInstalled(tool)))
        {
            if (Environment.GetEnvironmentVariable("POLICYMTA_PEERS") == "required") Assert.Fail($"{tool} is not installed");
            Assert.Skip($"{tool} is not installed");
        }
    }

    public static Process Start(string program, IEnumerable<string> arguments, string? folder = null)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = folder ?? "" };
        // A configuration of the machine must not reach a test's server.
        start.Environment.Remove("POLICYMTA_CONFIG");
        return Process.Start(start)!;
    }

    public static async Task<CommandResult> RunAsync(string program, IEnumerable<string> arguments, string input = "", string? folder = null, TimeSpan? patienceFor = null)
    {
        using var process = Start(program, arguments, folder);
        using var patience = new CancellationTokenSource(patienceFor ?? Patience);
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(patience.Token), process.StandardError.ReadToEndAsync(patience.Token));
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        try
        {
            await process.WaitForExitAsync(patience.Token);
            return new CommandResult(process.ExitCode, await output, await errors);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{program} {string.Join(' ', arguments)} did not end");
        }
    }

    private static bool IsInstalled(string tool) => Environment.GetEnvironmentVariable("PATH")!.Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, tool)));
}
