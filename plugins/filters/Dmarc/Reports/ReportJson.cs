using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace PolicyMTA.Filters.Dmarc.Reports;

/// <summary>Rows as the database keeps them.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UseStringEnumConverter = true, Converters = [typeof(AddressJson)])]
[JsonSerializable(typeof(ReportRow))]
internal sealed partial class ReportJson : JsonSerializerContext;

/// <summary>An address as text.</summary>
internal sealed class AddressJson : JsonConverter<IPAddress>
{
    public override IPAddress Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        IPAddress.TryParse(reader.GetString(), out var address) ? address : throw new JsonException("no address");

    public override void Write(Utf8JsonWriter writer, IPAddress value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
}
