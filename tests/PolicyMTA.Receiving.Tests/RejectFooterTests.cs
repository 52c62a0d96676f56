namespace PolicyMTA.Receiving.Tests;

/// <summary>The administrator's own words for refusals.</summary>
public sealed class RejectFooterTests
{
    private const string Refused = "S: 220 *\nC: EHLO client.example\nS: ...\nC: MAIL FROM:<joe@good.test>\nS: 250 2.1.0 *\nC: RCPT TO:<nobody@example.test>\n";
    private const string Unknown = "550 5.1.1 <nobody@example.test>: Recipient address rejected: User unknown in virtual mailbox table";

    [Theory]
    [InlineData("Call us: $client_address $helo_name", "S: 550-5.1.1 <nobody@example.test>: Recipient address rejected: User unknown in virtual mailbox table\nS: 550 5.1.1 Call us: 127.0.0.1 client.example")]
    [InlineData(@"\c. Call us", "S: " + Unknown + ". Call us")]
    [InlineData(@"\c.\nSee $server_name\nor not", "S: 550-5.1.1 <nobody@example.test>: Recipient address rejected: User unknown in virtual mailbox table.\nS: 550-5.1.1 See mx.example.test\nS: 550 5.1.1 or not")]
    [InlineData("", "S: " + Unknown)]
    public async Task Refusals_end_with_the_footer(string footer, string expected)
    {
        await using var server = await ReceivingServer.StartAsync(s => s with { RejectFooter = ReplyFooter.Parse(footer) });
        await server.PlayAsync(Refused + expected + "\nC: RSET\nS: 250 2.0.0 Ok");
    }

    [Fact]
    public async Task Every_refusal_has_it()
    {
        await using var server = await ReceivingServer.StartAsync(s => s with { RejectFooter = ReplyFooter.Parse("Call us") });
        await server.PlayAsync("S: 220 *\nC: NONSENSE\nS: 500-5.5.2 *\nS: 500 5.5.2 Call us");
    }

    [Fact]
    public async Task Footer_goes_soft_with_its_reply()
    {
        await using var server = await ReceivingServer.StartAsync(s => s with { SoftBounce = true, RejectFooter = ReplyFooter.Parse("Call us") });
        await server.PlayAsync(Refused + "S: 450-4.1.1 *\nS: 450 4.1.1 Call us");
    }

    [Theory]
    [InlineData("Not $client_name but $nothing.", "S: 550-5.1.1 *\nS: 550 5.1.1 Not unknown but .")]
    [InlineData("$", "S: " + Unknown)]
    public async Task Table_has_footers_for_single_replies(string footer, string expected)
    {
        await using var server = await ReceivingServer.StartAsync(s => s with { RejectFooter = ReplyFooter.Parse("General") },
            generation: g => g with { RejectFooterMaps = [new FakeTable { [Unknown.ToLowerInvariant()] = footer }] });
        await server.PlayAsync(Refused + expected);
    }

    [Theory]
    [InlineData("551 5.1.6 Gone away", "S: 551 5.1.6 Gone away")]
    [InlineData("450 4.7.1 Later", "S: 450 4.7.1 Later")]
    [InlineData("554 No", "S: 554 No")]
    [InlineData("550 4.1.1 Mixed", "S: " + Unknown)]
    [InlineData("250 2.1.5 Come in", "S: " + Unknown)]
    [InlineData("reject", "S: " + Unknown)]
    public async Task Refusals_may_be_worded_anew(string reply, string expected)
    {
        await using var server = await ReceivingServer.StartAsync(generation: g => g with { RejectFilterMaps = [new FakeTable { [Unknown.ToLowerInvariant()] = reply }] });
        await server.PlayAsync(Refused + expected);
    }

    [Fact]
    public async Task Footer_comes_behind_the_new_words()
    {
        await using var server = await ReceivingServer.StartAsync(s => s with { RejectFooter = ReplyFooter.Parse("Call us") },
            generation: g => g with { RejectFilterMaps = [new FakeTable { [Unknown.ToLowerInvariant()] = "551 5.1.6 Gone away" }] });
        await server.PlayAsync(Refused + "S: 551-5.1.6 Gone away\nS: 551 5.1.6 Call us");
    }

    [Theory]
    [InlineData("Call $client", null)]
    [InlineData("Call $sender", "there is no macro 'sender'")]
    [InlineData("Call ${client", "'Call ${client' lacks a '}'")]
    public void Mistakes_are_told(string footer, string? mistake) => Assert.Equal(mistake, ReplyFooter.FindMistake(footer));
}
