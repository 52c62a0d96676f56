using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using PolicyMTA.Filters.Dkim;
using PolicyMTA.Filters.Dkim.Arc;
using PolicyMTA.Filters.Dkim.Signing;
using PolicyMTA.Filters.Tests.Dkim;
using PolicyMTA.Testing;

namespace PolicyMTA.Filters.Tests.Arc;

/// <summary>The published suite of ARC.</summary>
[Trait("Category", "Suites")]
public sealed partial class ArcSuiteTests
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

    public static TheoryData<string> Seals() => Ids("arc/signing.json");

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Seals))]
    public async Task Seal(string id)
    {
        using var document = Suites.Find("arc/signing.json")!;
        var (scenario, one) = Find(document, id);
        var message = Message(one);
        var header = RawHeader.Parse(message);
        using var verifier = new ArcVerifier(header, new DkimRules());
        verifier.WriteBody(message.AsSpan(header.BodyStart));
        var found = await verifier.FinishAsync(Zone(scenario), CancellationToken.None);
        using var body = new BodyHash(isRelaxed: true, HashAlgorithmName.SHA256);
        body.Write(message.AsSpan(header.BodyStart));
        using var key = SigningKey.Parse(scenario.GetProperty("privatekey").GetString()!);
        var request = new SignatureRequest(scenario.GetProperty("domain").GetString()!, scenario.GetProperty("sel").GetString()!, null, key);
        var set = ArcSealer.Seal(header.Fields, body.Finish(), found, Payload(header, one.GetProperty("srv-id").GetString()!), request, one.GetProperty("sig-headers").GetString()!.Split(':'), DateTimeOffset.FromUnixTimeSeconds(one.GetProperty("t").GetInt64()));
        Assert.Equal(Tags(one, "AAR"), Tags(set?.Results ?? ""));
        Assert.Equal(Tags(one, "AMS"), Tags(set?.Message ?? ""));
        Assert.Equal(Tags(one, "AS"), Tags(set?.Seal ?? ""));
        if (set is null || found.Word == "fail") return;

        // The longer chain is whole again.
        byte[] longer = [.. Encoding.Latin1.GetBytes($"ARC-Seal:{set.Seal}\r\nARC-Message-Signature:{set.Message}\r\nARC-Authentication-Results:{set.Results}\r\n"), .. message];
        var again = RawHeader.Parse(longer);
        using var second = new ArcVerifier(again, new DkimRules());
        second.WriteBody(longer.AsSpan(again.BodyStart));
        Assert.Equal("pass", (await second.FinishAsync(Zone(scenario), CancellationToken.None)).Word);
    }

    // What the suite's intermediary found stands in the message, in fields of its own name.
    private static string Payload(RawHeader header, string name)
    {
        var own = header.Fields.Where(field => field.Is("Authentication-Results")).Select(field => Spaces().Replace(field.Value, " ").Trim().Split(';', 2)).Where(parts => parts[0].Trim() == name).Select(parts => parts[1].Trim());
        return $"{name}; {string.Join("; ", own)}";
    }

    private static string[] Tags(JsonElement one, string name) => Tags(one.GetProperty(name).GetString()!);

    private static string[] Tags(string text) => [.. text.Split(';').Select(tag => Spaces().Replace(tag, "")).Where(tag => tag.Length > 0).Order(StringComparer.Ordinal)];

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();

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
