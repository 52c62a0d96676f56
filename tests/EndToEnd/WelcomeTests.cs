namespace PolicyMTA.EndToEnd;

/// <summary>What the quickstart prints is typed as it stands.</summary>
public sealed class WelcomeTests
{
    [Fact]
    public async Task Every_printed_swaks_command_does_what_the_line_above_it_says()
    {
        Command.Require("swaks", "bash");
        await using var server = await RunningServer.StartAsync();
        var commands = Commands(server.Output).ToList();
        Assert.Equal(5, commands.Count);
        Assert.Equal(2, commands.Count(command => command.IsRefused));
        foreach (var (line, isRefused) in commands)
        {
            var result = await Command.RunAsync("bash", ["-c", line]);
            Assert.True(result.ExitCode == 0 != isRefused, $"{line}\nended with {result.ExitCode}:\n{result.Output}{result.Errors}");
        }
    }

    private static IEnumerable<(string Line, bool IsRefused)> Commands(IEnumerable<string> output)
    {
        var isRefused = false;
        foreach (var line in output.Select(line => line.Trim()))
        {
            if (line.StartsWith("# ", StringComparison.Ordinal)) isRefused = line.StartsWith("# refused", StringComparison.Ordinal);
            else if (line.StartsWith("swaks ", StringComparison.Ordinal)) yield return (line, isRefused);
        }
    }
}
