using System.CommandLine;

namespace PolicyMTA.Commands;

/// <summary><c>policymta metrics</c>: what a running server counts, in Prometheus' text format.</summary>
internal static class MetricsCommand
{
    public static Command Build(ConfigurationLocation location) => new Command("metrics", "Counters in Prometheus' text format").Asks(location, RunAsync);

    private static async Task<int> RunAsync(ClientCall call)
    {
        await call.PrintAsync("/metrics");
        return ExitCode.Good;
    }
}
