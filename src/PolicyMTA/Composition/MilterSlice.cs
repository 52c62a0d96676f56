using System.Collections.Frozen;
using PolicyMTA.Configuration;
using PolicyMTA.Generations;
using PolicyMTA.Receiving.Milters;

namespace PolicyMTA.Composition;

/// <summary>A list of milters in receiving's words.</summary>
internal static class MilterSlice
{
    /// <summary>The milters that a parameter lists.</summary>
    public static MilterSettings Of(Generation generation, Parameters parameters, string list)
    {
        if (!ReceiveSlice.HasMilters(parameters)) return MilterSettings.None;
        var entries = parameters.List(list).Select(MilterEntry.Parse).ToArray();
        var all = Shared(parameters) with { Failures = generation.Scope.World.MilterFailures, Milters = [.. entries.Select(entry => generation.Milters[entry.Name])] };
        return all with { Own = entries.Where(entry => entry.IsOwn).ToFrozenDictionary(entry => generation.Milters[entry.Name], entry => Own(all, entry)) };
    }

    private static MilterSettings Own(MilterSettings all, MilterEntry entry) => all with
    {
        DefaultAction = entry.DefaultAction is { } action ? Enum.Parse<MilterDefaultAction>(action, ignoreCase: true) : all.DefaultAction,
        ConnectTimeout = entry.ConnectTimeout ?? all.ConnectTimeout,
        CommandTimeout = entry.CommandTimeout ?? all.CommandTimeout,
        ContentTimeout = entry.ContentTimeout ?? all.ContentTimeout,
    };

    private static MilterSettings Shared(Parameters parameters) => new()
    {
        DefaultAction = Enum.Parse<MilterDefaultAction>(parameters.Text("milter_default_action"), ignoreCase: true),
        ConnectTimeout = parameters.Duration("milter_connect_timeout"),
        CommandTimeout = parameters.Duration("milter_command_timeout"),
        ContentTimeout = parameters.Duration("milter_content_timeout"),
    };
}
