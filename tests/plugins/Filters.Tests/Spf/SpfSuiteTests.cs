using System.Net;
using System.Text.Json;
using PolicyMTA.Filters.Spf;
using PolicyMTA.Plugins.Tests;
using PolicyMTA.Testing;

namespace PolicyMTA.Filters.Tests.Spf;

/// <summary>The published suites of SPF.</summary>
[Trait("Category", "Suites")]
public sealed class SpfSuiteTests
{
    private const string DefaultExplanation = "DEFAULT";

    public static IEnumerable<TheoryDataRow<string, string>> Cases() =>
        [.. Read("rfc7208"), .. Read("pyspf-own"), .. Read("mail-auth-spf")];

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Result_is_one_that_the_suite_allows(string suite, string id)
    {
        Assert.SkipWhen(suite.Length == 0, "the published suites are not here (POLICYMTA_SUITES)");
        var (test, zone) = Tests(suite).Single(pair => pair.Test.GetProperty("id").GetString() == id);
        var outcome = await CheckAsync(test, new Zone(zone));

        Assert.Contains(outcome.Result.ToString().ToLowerInvariant(), test.GetProperty("result").EnumerateArray().Select(result => result.GetString()));
        if (test.TryGetProperty("explanation", out var explanation) && outcome.Result == SpfResult.Fail) Assert.Equal(explanation.GetString(), outcome.Explanation ?? DefaultExplanation);
    }

    private static async Task<SpfOutcome> CheckAsync(JsonElement test, Zone zone)
    {
        var from = test.GetProperty("mailfrom").GetString()!;
        var at = from.LastIndexOf('@');
        var (local, domain) = at < 0 ? ("", from) : (from[..at], from[(at + 1)..]);
        var receiver = test.TryGetProperty("receiver", out var name) ? name.GetString()! : "unknown";
        var subject = SpfSubject.Of(IPAddress.Parse(test.GetProperty("ip").GetString()!), local, domain, test.GetProperty("helo").GetString()!, receiver);
        return await SpfCheck.RunAsync(subject, zone, SpfLimits.Default, TimeProvider.System, CancellationToken.None);
    }

    private static IEnumerable<TheoryDataRow<string, string>> Read(string suite)
    {
        var tests = Tests(suite).ToList();
        // Two answers of implementations that both follow the text prove nothing.
        if (tests.Count == 0) return [new TheoryDataRow<string, string>("", suite)];
        return tests.Where(pair => !pair.Test.TryGetProperty("contested", out _)).Select(pair => new TheoryDataRow<string, string>(suite, pair.Test.GetProperty("id").GetString()!));
    }

    private static IEnumerable<(JsonElement Test, JsonElement Zone)> Tests(string suite)
    {
        if (Suites.Find($"spf/{suite}.json") is not { } document) return [];
        var root = document.RootElement;
        if (root.TryGetProperty("cases", out var cases)) return cases.EnumerateArray().Select(test => (test, test.GetProperty("zone")));
        return root.GetProperty("scenarios").EnumerateArray().SelectMany(scenario => scenario.GetProperty("tests").EnumerateArray().Select(test => (test, scenario.GetProperty("zone"))));
    }
}
