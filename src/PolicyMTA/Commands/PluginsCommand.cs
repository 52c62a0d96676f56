using System.CommandLine;
using PolicyMTA.Control;

namespace PolicyMTA.Commands;

/// <summary><c>policymta plugins</c>.</summary>
internal static class PluginsCommand
{
    public static Command Build(ConfigurationLocation location) =>
        new Command("plugins", "The plugins in memory, where they are from, and which generations hold them").Asks(location, RunAsync);

    private static async Task<int> RunAsync(ClientCall call)
    {
        if (call.IsJson) return await call.PrintJsonAsync("/plugins");
        foreach (var plugin in await call.Client.GetAsync("/plugins", ControlJson.Default.IReadOnlyListPluginStatus, call.CancellationToken))
        {
            var holders = plugin.IsLetGo ? "let go, and still in memory" : $"held by {string.Join(", ", plugin.Generations)}";
            Console.WriteLine($"{plugin.Name} {plugin.Version} ({plugin.Hash}), {holders}");
            Console.WriteLine($"    {plugin.Path}");
            if (plugin.Offers.Count > 0) Console.WriteLine($"    {string.Join(", ", plugin.Offers)}");
        }
        return ExitCode.Good;
    }
}
