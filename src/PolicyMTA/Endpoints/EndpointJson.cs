using System.Text.Json.Serialization;

namespace PolicyMTA.Endpoints;

/// <summary>JSON metadata of what endpoints get and give.</summary>
[JsonSerializable(typeof(string))]
internal sealed partial class EndpointJson : JsonSerializerContext;
