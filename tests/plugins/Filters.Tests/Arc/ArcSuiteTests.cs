using System.Text.Json;
using PolicyMTA.Filters.Dkim;
using PolicyMTA.Filters.Dkim.Arc;
using PolicyMTA.Filters.Tests.Dkim;
using PolicyMTA.Testing;

namespace PolicyMTA.Filters.Tests.Arc;

/// <summary>The published suite of ARC.</summary>
[Trait("Category", "Suites")]
public sealed class ArcSuiteTests
{
    public static TheoryData<string> Validations() => Ids("arc/validation.json");

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Validations))]
    public async Task Chain(string id)
    {
        using var document = Suites.Find("arc/validation.json")!;
        var (scenario, one) = Find(document, id);
        var message = Message(one);
        foreach (var cut in (int[])[message.Length + 1, 1, 13])
        {
            var header = RawHeader.Parse(message);
            using var verifier = new ArcVerifier(header, new DkimRules());
            for (var at = header.BodyStart; at < message.Length; at += cut) verifier.WriteBody(message.AsSpan(at, Math.Min(cut, message.Length - at)));
            var result = await verifier.FinishAsync(Zone(scenario), CancellationToken.None);
            Assert.Equal((one.GetProperty("cv").GetString(), ""), (result.Word, result.Word == one.GetProperty("cv").GetString() ? "" : result.Reason));
        }
    }

    internal static KeyZone Zone(JsonElement scenario) => KeyZone.Of(scenario.GetProperty("txt_records"));

    // Lines of the suite end in LF.
    internal static byte[] Message(JsonElement one) => System.Text.Encoding.UTF8.GetBytes(one.GetProperty("message").GetString()!.Replace("\r\n", "\n", StringComparison.Ordinal).Replace("\n", "\r\n", StringComparison.Ordinal));

    internal static (JsonElement Scenario, JsonElement Test) Find(JsonDocument document, string id) =>
        document.RootElement.GetProperty("scenarios").EnumerateArray().SelectMany(scenario => scenario.GetProperty("tests").EnumerateArray().Select(one => (scenario, one))).Single(pair => Id(pair.one) == id);

    internal static TheoryData<string> Ids(string path)
    {
        using var document = Suites.Find(path);
        return document is null ? [] : [.. document.RootElement.GetProperty("scenarios").EnumerateArray().SelectMany(scenario => scenario.GetProperty("tests").EnumerateArray()).Where(one => !one.TryGetProperty("contested", out _)).Select(Id)];
    }

    private static string Id(JsonElement one) => one.GetProperty("id").GetString()!;
}
