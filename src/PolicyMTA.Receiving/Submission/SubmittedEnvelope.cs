using System.Text.Json;
using System.Text.Json.Serialization;
using PolicyMTA.Sdk;

namespace PolicyMTA.Receiving.Submission;

/// <summary>The envelope of a submitted message as its drop file holds it. An immutable value. Who submits may write anything here: it is judged when it is picked up.</summary>
public sealed record SubmittedEnvelope
{
    /// <summary>The reverse-path; empty for the null sender.</summary>
    public required string Sender { get; init; }
    /// <summary>The recipients, perhaps without a domain.</summary>
    public required IReadOnlyList<string> Recipients { get; init; }
    /// <summary>The sender's name for a From field that lacks; null when nobody gave one.</summary>
    public string? FullName { get; init; }
    /// <summary>When reports are wanted.</summary>
    public Notify Notify { get; init; }
    /// <summary>What a report returns.</summary>
    public Ret Ret { get; init; }
    /// <summary>The envelope id of reports.</summary>
    public string? EnvelopeId { get; init; }
    /// <summary>Nothing is to be delivered: the sender wants to know whether the recipients take mail (<c>sendmail -bv</c>).</summary>
    public bool IsVerification { get; init; }
    /// <summary>What the body is said to be.</summary>
    public BodyType Body { get; init; }

    internal byte[] Write() => JsonSerializer.SerializeToUtf8Bytes(this, SubmissionJson.Default.SubmittedEnvelope);

    /// <summary>The envelope; null with the reason when the bytes are none.</summary>
    internal static SubmittedEnvelope? Read(ReadOnlySpan<byte> json, out string problem)
    {
        try
        {
            var envelope = JsonSerializer.Deserialize(json, SubmissionJson.Default.SubmittedEnvelope);
            problem = envelope?.FindProblem() ?? (envelope is null ? "it has no envelope" : "");
            return problem.Length == 0 ? envelope : null;
        }
        catch (JsonException failure)
        {
            problem = $"its envelope can't be read: {failure.Message}";
            return null;
        }
    }

    private string? FindProblem()
    {
        if (Recipients is null || Sender is null || Recipients.Count == 0) return "it has no recipients";
        if (Recipients.Any(r => string.IsNullOrEmpty(r)) || Recipients.Append(Sender).Append(FullName).Append(EnvelopeId).OfType<string>().Any(t => t.Any(char.IsControl))) return "its envelope has empty or impossible addresses";
        return Enum.IsDefined(Ret) && Enum.IsDefined(Body) && (int)Notify is >= 0 and < 16 ? null : "its envelope has impossible parameters";
    }
}

/// <summary>The JSON of drop files.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(SubmittedEnvelope))]
internal sealed partial class SubmissionJson : JsonSerializerContext;
