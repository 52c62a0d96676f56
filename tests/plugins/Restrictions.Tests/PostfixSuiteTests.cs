using System.Text.Json.Nodes;

namespace PolicyMTA.Restrictions.Tests;

[Trait("Category", "Suites")]
public sealed class PostfixSuiteTests
{
    [Theory]
    [InlineData("smtpd_check")]
    [InlineData("smtpd_check2")]
    [InlineData("smtpd_acl")]
    [InlineData("smtpd_addr_valid")]
    [InlineData("smtpd_check_dsn")]
    [InlineData("smtpd_nullmx")]
    public async Task Restrictions_answer_as_Postfix_does(string name)
    {
        if (PostfixSuite.Load() is not { } suite) { Assert.Skip("the published suites are not here"); return; }
        var transcript = new Transcript(suite);
        await transcript.PlayAsync(suite["transcripts"]!.AsArray().Single(t => t!["name"]!.GetValue<string>() == name)!["steps"]!.AsArray());
        Assert.True(transcript.Compared > 5);
        Assert.True(transcript.Mismatches.Count == 0, string.Join("\n", transcript.Mismatches));
        TestContext.Current.TestOutputHelper?.WriteLine($"{transcript.Compared} replies compared");
    }
}
