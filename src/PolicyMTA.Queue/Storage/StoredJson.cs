using System.Text.Json.Serialization;

namespace PolicyMTA.Queue.Storage;

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(MessageMetadata))]
[JsonSerializable(typeof(RecipientExtras))]
[JsonSerializable(typeof(StoredFailure))]
internal sealed partial class StoredJson : JsonSerializerContext;
