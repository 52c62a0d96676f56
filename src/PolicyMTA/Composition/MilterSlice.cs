using PolicyMTA.Configuration;
using PolicyMTA.Generations;
using PolicyMTA.Receiving.Milters;

namespace PolicyMTA.Composition;

/// <summary>A list of milters in receiving's words.</summary>
internal static class MilterSlice
{
    /// <summary>The milters that a parameter lists.</summary>
    public static MilterSettings Of(Generation generation, Parameters parameters, string list) => new()
    {
        Milters = [.. parameters.List(list).Select(name => generation.Milters[name])],
        DefaultAction = Enum.Parse<MilterDefaultAction>(parameters.Text("milter_default_action"), ignoreCase: true),
        ConnectTimeout = parameters.Duration("milter_connect_timeout"),
        CommandTimeout = parameters.Duration("milter_command_timeout"),
        ContentTimeout = parameters.Duration("milter_content_timeout"),
    };
}
