using System.Text.Json;
using PolicyMTA.Filters.Dmarc;
using PolicyMTA.Testing;

namespace PolicyMTA.Filters.Tests.Dmarc;

/// <summary>The published suites of DMARC.</summary>
[Trait("Category", "Suites")]
public sealed class DmarcSuiteTests
{
    // RFC 9989 §4.7 makes the version's case count, and the suite of evaluations says so too.
    private const string KnownDeviation = "v=dmarc1";

    public static IEnumerable<TheoryDataRow<string>> Evaluations() => Ids("evaluate");

    public static IEnumerable<TheoryDataRow<string>> Cases() => Ids("mail-dmarc");

    [Theory]
    [MemberData(nameof(Evaluations))]
    public async Task Evaluation_is_as_the_suite_has_it(string id)
    {
        var test = Find("evaluate", id);
        var zone = new Zone(test.GetProperty("zone"));
        foreach (var step in test.GetProperty("steps").EnumerateArray())
        {
            var discovery = new DmarcDiscovery(zone, suffixes: null, walks: true);
            var passed = new AuthenticatedDomains { Dkim = Texts(step, "dkim_pass_domains"), Spf = Texts(step, "spf_pass_domains") };
            var from = step.GetProperty("from").GetString()!;
            var outcome = await new DmarcCheck(discovery, roll: null).RunAsync(from[(from.LastIndexOf('@') + 1)..], passed, CancellationToken.None);
            foreach (var expected in step.GetProperty("expect").EnumerateObject()) Assert.Equal(expected.Value.ValueKind == JsonValueKind.Array ? JsonSerializer.Serialize(expected.Value) : expected.Value.ToString(), await ValueAsync(expected.Name, outcome, zone));
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Case_is_as_the_suite_has_it(string id)
    {
        var test = Find("mail-dmarc", id);
        var discovery = new DmarcDiscovery(new Zone(Suites.Find("dmarc/mail-dmarc.json")!.RootElement.GetProperty("zone")), List(), walks: true);
        var passed = new AuthenticatedDomains { Spf = test.TryGetProperty("spf_pass_domain", out var spf) ? [spf.GetString()!] : [], Dkim = test.TryGetProperty("dkim_pass_domain", out var dkim) ? [dkim.GetString()!] : [] };
        switch (test.GetProperty("kind").GetString())
        {
            case "organizational-domain":
                Assert.Equal(test.GetProperty("expect").GetString(), await discovery.FindOrganizationAsync(test.GetProperty("domain").GetString()!, CancellationToken.None));
                break;
            case "from-domain":
                var header = test.GetProperty("header").GetString()!;
                var from = FromHeader.Parse(header.StartsWith("From:", StringComparison.Ordinal) ? header[5..] : header);
                Assert.Equal(test.GetProperty("expect").GetString(), from.IsSound ? from.Domains[0] : null);
                break;
            case "disposition-unaligned":
                Assert.Equal(test.GetProperty("expect_disposition").GetString(), (await RunAsync(discovery, test, passed)).Disposition.Word());
                break;
            default:
                Assert.Equal(test.GetProperty("expect_result").GetString(), (await RunAsync(discovery, test, passed)).Result.ToString().ToLowerInvariant());
                break;
        }
    }

    [Fact]
    public void Values_of_tags_are_legal_where_the_suite_says_so()
    {
        var wrong = Suite("mail-dmarc").GetProperty("tag_values").EnumerateArray()
            .Where(value => DmarcTags.IsLegal(value.GetProperty("tag").GetString()!, value.GetProperty("value").GetString()!) != value.GetProperty("valid").GetBoolean())
            .Select(value => $"{value.GetProperty("tag")}={value.GetProperty("value")}");
        Assert.Equal([KnownDeviation], wrong);
    }

    [Fact]
    public void Records_are_read_as_the_suite_reads_them()
    {
        foreach (var test in Suite("records").GetProperty("cases").EnumerateArray())
        {
            var record = DmarcRecord.Parse(test.GetProperty("record").GetString()!)!;
            foreach (var expected in test.GetProperty("expect").EnumerateObject()) Assert.Equal($"{expected.Name} {JsonSerializer.Serialize(expected.Value).Replace(" ", "", StringComparison.Ordinal)}", $"{expected.Name} {Json(record, expected.Name)}");
        }
    }

    [Fact]
    public void Registrable_domains_are_those_of_the_suite()
    {
        var list = List();
        var wrong = Suite("psl").GetProperty("cases").EnumerateArray()
            .Where(test => list?.Registrable(test.GetProperty("input").GetString()!) != test.GetProperty("registrable_domain").GetString()).Select(test => test.GetProperty("input").GetString());
        Assert.Empty(wrong);
    }

    private static async Task<DmarcOutcome> RunAsync(DmarcDiscovery discovery, JsonElement test, AuthenticatedDomains passed) =>
        await new DmarcCheck(discovery, roll: null).RunAsync(test.GetProperty("from").GetString()!, passed, CancellationToken.None);

    private static async Task<string?> ValueAsync(string name, DmarcOutcome outcome, Zone zone) => name switch
    {
        "result" => outcome.Result.ToString().ToLowerInvariant(),
        "policy" => outcome.Policy.Word(),
        "p" => outcome.Published?.Record.Policy.Word(),
        "sp" => outcome.Published?.Record.SubdomainPolicy.Word(),
        "pct" => outcome.Published?.Record.Percent.ToString(System.Globalization.CultureInfo.InvariantCulture),
        "policy_domain" => outcome.Published?.Domain,
        "dkim_strict" => outcome.Published?.Record.IsDkimStrict.ToString(),
        "spf_strict" => outcome.Published?.Record.IsSpfStrict.ToString(),
        "dkim_aligned_org_domain" => await OrganizationAsync(outcome.Dkim, zone),
        "spf_aligned_org_domain" => await OrganizationAsync(outcome.Spf, zone),
        "dmarc_txt_queries" => JsonSerializer.Serialize(zone.Asked.Where(question => question.EndsWith(" TXT", StringComparison.Ordinal)).Select(question => question[..^4])),
        _ => throw new NotSupportedException($"the suite asks for {name}"),
    };

    private static async Task<string> OrganizationAsync(string? domain, Zone zone) =>
        domain is null ? "" : await new DmarcDiscovery(zone, suffixes: null, walks: true).FindOrganizationAsync(domain, CancellationToken.None);

    private static string Json(DmarcRecord record, string name) => name switch
    {
        "p" => $"\"{record.Policy.Word()}\"",
        "sp" => $"\"{record.SubdomainPolicy.Word()}\"",
        "np" => $"\"{record.NonexistentPolicy.Word()}\"",
        "adkim" => record.IsDkimStrict ? "\"s\"" : "\"r\"",
        "aspf" => record.IsSpfStrict ? "\"s\"" : "\"r\"",
        "psd" => record.Suffix switch { PublicSuffixFlag.Yes => "\"y\"", PublicSuffixFlag.No => "\"n\"", _ => "\"u\"" },
        "t" => record.IsTest ? "true" : "false",
        "rua" => Json(record.AggregateAddresses),
        "ruf" => Json(record.FailureAddresses),
        _ => throw new NotSupportedException($"the suite asks for {name}"),
    };

    private static string Json(IEnumerable<ReportAddress> addresses) => $"[{string.Join(',', addresses.Select(address => $"[\"{address.Address.Replace(" ", "", StringComparison.Ordinal)}\",{address.Limit}]"))}]";

    private static IReadOnlyList<string> Texts(JsonElement step, string name) => [.. step.GetProperty(name).EnumerateArray().Select(text => text.GetString()!)];

    private static PublicSuffixList? List() => Suites.FindFile("dmarc/public_suffix_list.dat") is { } file ? PublicSuffixList.Parse(File.ReadLines(file)) : null;

    private static IEnumerable<TheoryDataRow<string>> Ids(string suite)
    {
        if (Suites.Find($"dmarc/{suite}.json") is not { } document) return [new TheoryDataRow<string>("")];
        return document.RootElement.GetProperty("cases").EnumerateArray().Where(test => !test.TryGetProperty("contested", out _)).Select(test => new TheoryDataRow<string>(test.GetProperty("id").GetString()!));
    }

    private static JsonElement Find(string suite, string id) => Suite(suite).GetProperty("cases").EnumerateArray().First(test => test.GetProperty("id").GetString() == id);

    private static JsonElement Suite(string name)
    {
        var document = Suites.Find($"dmarc/{name}.json");
        Assert.SkipWhen(document is null, "the published suites are not here (POLICYMTA_SUITES)");
        return document!.RootElement;
    }
}
