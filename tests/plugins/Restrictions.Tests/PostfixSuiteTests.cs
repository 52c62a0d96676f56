using System.Text.Json.Nodes;

namespace PolicyMTA.Restrictions.Tests;

/// <summary>Postfix's own tests of its restriction language. Two of them are older than what they test: Postfix leaves them out too.</summary>
[Trait("Category", "Suites")]
public sealed class PostfixSuiteTests
{
    private const string NewStatus = "RFC 7372 §3.3 gave a client without a name the status X.7.25, which newer versions of Postfix answer too.";
    private const string Earlier = "Here the receiver answers, before a restriction is asked.";

    /// <summary>Where we answer otherwise, and why.</summary>
    private static readonly Dictionary<string, string> Deviations = new()
    {
        ["smtpd_check4:12"] = "An action that can't be read refuses for now: with FILTER the mail would pass by a filter that the administrator wants.",
        ["smtpd_dns_filter:33"] = "The zone, made by hand, lacks an A record that the name had: HELO was put off for it.",
        ["smtpd_error:39"] = "mynetworks holds networks, no tables.",
        ["smtpd_error:75"] = Earlier,
        ["smtpd_error:81"] = Earlier,
        ["smtpd_check:14"] = NewStatus,
        ["smtpd_check:27"] = NewStatus,
        ["smtpd_check:48"] = NewStatus,
        ["smtpd_check2:14"] = NewStatus,
        ["smtpd_check2:31"] = "The transcript is of a table with another text.",
        ["smtpd_check2:40"] = NewStatus,
        ["smtpd_check2:115"] = NewStatus,
        ["smtpd_check2:116"] = NewStatus,
    };

    [Theory]
    [InlineData("smtpd_check4", 6)]
    [InlineData("smtpd_acl", 29)]
    [InlineData("smtpd_addr_valid", 6)]
    [InlineData("smtpd_check_backup", 5)]
    [InlineData("smtpd_check_dsn", 26)]
    [InlineData("smtpd_dns_filter", 22)]
    [InlineData("smtpd_dnswl", 10)]
    [InlineData("smtpd_error", 8)]
    [InlineData("smtpd_exp", 21)]
    [InlineData("smtpd_nullmx", 14)]
    [InlineData("smtpd_server", 18)]
    // The two old ones; 27 and 7 of their steps ask restrictions that Postfix has removed since.
    [InlineData("smtpd_check", 53)]
    [InlineData("smtpd_check2", 36)]
    public async Task Restrictions_answer_as_Postfix_does(string name, int compared)
    {
        if (PostfixSuite.Load() is not { } suite) { Assert.Skip("the published suites are not here"); return; }
        var transcript = new Transcript(suite, name, Deviations);
        await transcript.PlayAsync(suite["transcripts"]!.AsArray().Single(t => t!["name"]!.GetValue<string>() == name)!["steps"]!.AsArray());
        Assert.True(transcript.Mismatches.Count == 0, string.Join("\n", transcript.Mismatches));
        Assert.Equal(Deviations.Keys.Where(place => place.StartsWith(name + ":", StringComparison.Ordinal)).Order(), transcript.Met.Order());
        Assert.Equal(compared, transcript.Compared);
    }
}
