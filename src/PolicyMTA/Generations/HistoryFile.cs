using System.Text.Json.Serialization;

namespace PolicyMTA.Generations;

/// <summary>What is kept of the generations that were in force, newest first.</summary>
internal sealed record HistoryFile(IReadOnlyList<HistoryRecord> Entries);

/// <summary>One time that a generation came in force.</summary>
/// <param name="Hash">The generation.</param>
/// <param name="Since">When.</param>
/// <param name="Changes">What changed by it.</param>
/// <param name="RolledBackFrom">The generation that a person rolled back from; null when it came in force by a start or a reload.</param>
/// <param name="Author">Who put it in force; null when nobody said.</param>
internal sealed record HistoryRecord(string Hash, DateTimeOffset Since, IReadOnlyList<string> Changes, string? RolledBackFrom = null, string? Author = null);

/// <summary>How history is written.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(HistoryFile))]
[JsonSerializable(typeof(GenerationManifest))]
internal sealed partial class HistoryJson : JsonSerializerContext;
