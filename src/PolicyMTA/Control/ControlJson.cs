using System.Text.Json.Serialization;
using PolicyMTA.Generations;
using PolicyMTA.Policy;

namespace PolicyMTA.Control;

/// <summary>The JSON of the control socket, for both its ends.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(StatusReply))]
[JsonSerializable(typeof(GenerationReply))]
[JsonSerializable(typeof(IReadOnlyList<HistoryEntry>))]
[JsonSerializable(typeof(IReadOnlyList<PluginStatus>))]
[JsonSerializable(typeof(QueueReply))]
[JsonSerializable(typeof(TouchedReply))]
[JsonSerializable(typeof(IReadOnlyList<DestinationReply>))]
[JsonSerializable(typeof(QueueStatsReply))]
[JsonSerializable(typeof(LookupReply))]
[JsonSerializable(typeof(RefusalReply))]
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(IReadOnlyList<DecisionTrace>))]
[JsonSerializable(typeof(IReadOnlyList<RuleReply>))]
[JsonSerializable(typeof(MissedReply))]
[JsonSerializable(typeof(ReplayReply))]
internal sealed partial class ControlJson : JsonSerializerContext;
