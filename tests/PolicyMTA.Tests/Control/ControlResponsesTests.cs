using Microsoft.AspNetCore.Http;
using PolicyMTA.Control;
using PolicyMTA.Sdk;

namespace PolicyMTA.Tests.Control;

public sealed class ControlResponsesTests
{
    [Fact]
    public async Task What_nobody_expected_is_still_an_answer()
    {
        var (status, body) = await AskAsync(new InvalidOperationException("out of paper"));
        Assert.Equal((500, """{"error":"InvalidOperationException: out of paper"}"""), (status, body));
    }

    [Fact]
    public async Task A_mistake_of_the_asker_is_told_as_such()
    {
        var (status, body) = await AskAsync(new ConfigurationException("there is no such table"));
        Assert.Equal((400, """{"error":"there is no such table"}"""), (status, body));
    }

    private static async Task<(int Status, string Body)> AskAsync(Exception failure)
    {
        using var body = new MemoryStream();
        var context = new DefaultHttpContext { Response = { Body = body } };
        await ControlResponses.Answer(_ => throw failure)(context);
        return (context.Response.StatusCode, System.Text.Encoding.UTF8.GetString(body.ToArray()));
    }
}
