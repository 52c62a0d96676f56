using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using PolicyMTA.Filters.Dkim;
using PolicyMTA.Filters.Dkim.Signing;
using PolicyMTA.Testing;

namespace PolicyMTA.Filters.Tests.Dkim;

/// <summary>The published suites of DKIM.</summary>
[Trait("Category", "Suites")]
public sealed partial class DkimSuiteTests
{
    public static TheoryData<string> Vectors() => Ids("dkim/vectors/cases.json");

    public static TheoryData<string> Chasquid() => Ids("dkim/chasquid/cases.json");

    public static TheoryData<string> MailDkim() => Ids("dkim/mail-dkim/cases.json");

    public static TheoryData<string> OpenDkim() => Ids("dkim/opendkim-verify.json");

    public static TheoryData<string> OpenDkimSigns() => Ids("dkim/opendkim-sign.json");

    public static TheoryData<int> Canonicalizations()
    {
        using var document = Suites.Find("dkim/canonicalization.json");
        return document is null ? [] : [.. Enumerable.Range(0, document.RootElement.GetProperty("cases").GetArrayLength())];
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Vectors))]
    public async Task Vector(string id)
    {
        using var document = Suites.Find("dkim/vectors/cases.json")!;
        var one = Case(document, id);
        var now = one.TryGetProperty("now", out var given) && given.ValueKind == JsonValueKind.Number ? DateTimeOffset.FromUnixTimeSeconds(given.GetInt64()) : (DateTimeOffset?)null;
        var results = await Verification.RunAsync(Message("vectors", one), KeyZone.Of(one.GetProperty("dns")), now: now);
        if (one.GetProperty("at_least_one_pass").GetBoolean()) Assert.Contains(results, result => result.IsPass);
        else Assert.Equal(Words(one), results.Select(result => result.Word));
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Chasquid))]
    public async Task Chasquid_case(string id)
    {
        using var document = Suites.Find("dkim/chasquid/cases.json")!;
        var one = Case(document, id);
        var results = await Verification.RunAsync(Message("chasquid", one), KeyZone.Of(one.GetProperty("dns")));
        if (one.TryGetProperty("message_error", out _)) Assert.DoesNotContain(results, result => result.IsPass);
        else Assert.Equal(Words(one), results.Select((result, i) => Words(one)[i] == "permerror-or-fail" && result.Word is "fail" or "permerror" ? "permerror-or-fail" : result.Word));
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(MailDkim))]
    public async Task Mail_DKIM_case(string id)
    {
        using var document = Suites.Find("dkim/mail-dkim/cases.json")!;
        var (one, zone) = (Case(document, id), KeyZone.Of(document.RootElement.GetProperty("dns")));
        var message = Message("mail-dkim", one);
        Assert.Equal(one.GetProperty("rfc8301_result").GetString() == "pass", (await Verification.RunAsync(message, zone)).Exists(result => result.IsPass));
        if (one.GetProperty("pre_rfc6376").GetBoolean()) return;
        Assert.Equal(one.GetProperty("mail_dkim_result").GetString() == "pass", (await Verification.RunAsync(message, zone, Verification.Legacy)).Exists(result => result.IsPass));
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(OpenDkim))]
    public async Task OpenDKIM_case(string id)
    {
        using var document = Suites.Find("dkim/opendkim-verify.json")!;
        var (one, zone) = (Case(document, id), KeyZone.Of(document.RootElement.GetProperty("dns")));
        var message = Verification.Bytes(one.GetProperty("message").GetString()!);
        foreach (var cut in (int[])[0, 1, 7])
        {
            Assert.Equal(one.GetProperty("rfc8301_result").GetString() == "pass", (await Verification.RunAsync(message, zone, cut: cut)).Exists(result => result.IsPass));
            Assert.Equal(one.GetProperty("result").GetString() == "pass", (await Verification.RunAsync(message, zone, Verification.Legacy, cut: cut)).Exists(result => result.IsPass));
        }
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(OpenDkimSigns))]
    public async Task What_OpenDKIM_signs(string id)
    {
        using var document = Suites.Find("dkim/opendkim-sign.json")!;
        var one = Case(document, id);
        string Text(string name) => one.GetProperty(name).GetString()!;
        var (message, field) = (Text("message"), RawField.Of("DKIM-Signature", " " + Text("signature_value")));
        Assert.True(DkimSignature.TryParse(field, out var theirs, out var problem), problem);
        using var key = SigningKey.Parse(Text("private_key_pem"));
        var zone = KeyZone.Of($"{Text("selector")}._domainkey.{Text("domain")}", $"v=DKIM1; p={key.PublicKey()}");
        Assert.Equal(["pass"], (await Verification.RunAsync([.. field.Bytes.Span, .. Verification.Bytes(message)], zone, Verification.Legacy)).Select(result => result.Word));
        if (theirs.Algorithm != DkimAlgorithm.RsaSha256) return;

        // Ours has the same hash of the body, and verifies.
        var style = new SigningStyle { IsHeaderRelaxed = Text("header_canon") == "relaxed", IsBodyRelaxed = Text("body_canon") == "relaxed" };
        var header = RawHeader.Parse(Verification.Bytes(message));
        using var body = new BodyHash(style.IsBodyRelaxed, HashAlgorithmName.SHA256);
        body.Write(Verification.Bytes(message).AsSpan(header.BodyStart));
        var hash = body.Finish();
        Assert.Equal(theirs.BodyHash, hash);
        var ours = RawField.Of("DKIM-Signature", DkimSigner.Sign(header.Fields, hash, new SignatureRequest(Text("domain"), Text("selector"), null, key), style, DateTimeOffset.FromUnixTimeSeconds(one.GetProperty("time").GetInt64())));
        Assert.Equal(["pass"], (await Verification.RunAsync([.. ours.Bytes.Span, .. Verification.Bytes(message)], zone)).Select(result => result.Word));
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Canonicalizations))]
    public void Canonicalization(int number)
    {
        using var document = Suites.Find("dkim/canonicalization.json")!;
        var one = document.RootElement.GetProperty("cases")[number];
        var algorithm = one.TryGetProperty("algorithm", out var named) ? named.GetString()! : "";
        string Text(string name) => one.GetProperty(name).GetString()!;
        switch (Text("kind"))
        {
            case "body": Assert.Equal(HashOf(Text("output")), BodyHashOf(Text("input"), algorithm == "relaxed")); break;
            case "header": Assert.Equal(Text("output"), HeaderOf(Text("input"), algorithm == "relaxed")); break;
            case "empty-body-hash":
                foreach (var (name, hash) in (ReadOnlySpan<(string, HashAlgorithmName)>)[("sha1", HashAlgorithmName.SHA1), ("sha256", HashAlgorithmName.SHA256)])
                {
                    using var body = new BodyHash(algorithm == "relaxed", hash);
                    Assert.Equal(Text(name), Convert.ToBase64String(body.Finish()));
                }
                break;
            case "message":
                var split = Text("input").IndexOf("\r\n\r\n", StringComparison.Ordinal);
                var (header, rest) = (Text("input")[..(split + 2)], Text("input")[(split + 4)..]);
                foreach (var way in (string[])["simple", "relaxed"])
                {
                    Assert.Equal(Text($"{way}_headers"), HeaderOf(header, way == "relaxed"));
                    Assert.Equal(HashOf(Text($"{way}_body")), BodyHashOf(rest, way == "relaxed"));
                }
                break;
            default: Assert.Fail($"a case of kind {Text("kind")}"); break;
        }
    }

    // The suite has names that no message of a server's has, with white space before and within them.
    private static string HeaderOf(string text, bool isRelaxed)
    {
        var output = new ArrayBufferWriter<byte>();
        foreach (var field in FieldEnd().Split(text).Where(field => field.Length > 0)) HeaderCanonicalization.Write(new RawField("", Verification.Bytes(field)), isRelaxed, output);
        return Encoding.Latin1.GetString(output.WrittenSpan);
    }

    [GeneratedRegex(@"(?<=\r\n)(?![ \t])")]
    private static partial Regex FieldEnd();

    private static string HashOf(string text) => Convert.ToBase64String(SHA256.HashData(Verification.Bytes(text)));

    private static string BodyHashOf(string body, bool isRelaxed)
    {
        using var hash = new BodyHash(isRelaxed, HashAlgorithmName.SHA256);
        hash.Write(Verification.Bytes(body));
        return Convert.ToBase64String(hash.Finish());
    }

    private static string[] Words(JsonElement one) => [.. one.GetProperty("results_per_signature").EnumerateArray().Select(word => word.GetString()!)];

    private static byte[] Message(string folder, JsonElement one) => File.ReadAllBytes(Suites.FindFile($"dkim/{folder}/{one.GetProperty("file").GetString()}")!);

    private static JsonElement Case(JsonDocument document, string id) => document.RootElement.GetProperty("cases").EnumerateArray().Single(one => one.GetProperty("id").GetString() == id);

    private static TheoryData<string> Ids(string path)
    {
        using var document = Suites.Find(path);
        return document is null ? [] : [.. document.RootElement.GetProperty("cases").EnumerateArray().Where(one => !one.TryGetProperty("contested", out _)).Select(one => one.GetProperty("id").GetString()!)];
    }
}
