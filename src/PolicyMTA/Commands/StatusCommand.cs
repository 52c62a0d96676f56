using System.CommandLine;
using System.Globalization;
using PolicyMTA.Control;

namespace PolicyMTA.Commands;

/// <summary><c>policymta status</c>.</summary>
internal static class StatusCommand
{
    public static Command Build(ConfigurationLocation location) => new Command("status", "Whether the server runs, since when, where, and what waits").Asks(location, RunAsync);

    private static async Task<int> RunAsync(ClientCall call)
    {
        if (call.IsJson) return await call.PrintJsonAsync("/status");
        var status = await call.Client.GetAsync("/status", ControlJson.Default.StatusReply, call.CancellationToken);
        Console.WriteLine($"PolicyMTA {status.Version}, process {status.ProcessId}, since {status.Started.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture)}");
        Console.WriteLine($"configuration {status.Configuration}, generation {status.Generation}");
        foreach (var listener in status.Listeners) Console.WriteLine($"listener {listener.Name} on {listener.Address}");
        var waiting = status.Queue.Where(state => state.Value > 0).Select(state => $"{state.Value} {state.Key}").ToList();
        Console.WriteLine(waiting.Count == 0 ? "queue is empty" : $"queue: {string.Join(", ", waiting)} (recipients)");
        return ExitCode.Good;
    }
}
