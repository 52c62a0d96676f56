using System.Text.Json.Nodes;

namespace PolicyMTA.Configuration;

/// <summary>A section <c>[plugins.NAME]</c>: the options of a plugin, as JSON.</summary>
internal sealed record PluginSection(JsonObject Options, SourcePosition Position);
