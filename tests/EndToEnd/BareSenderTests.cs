namespace PolicyMTA.EndToEnd;

public sealed class BareSenderTests(Quickstart quickstart) : IClassFixture<Quickstart>
{
    [Theory]
    [InlineData("alice")]
    [InlineData("alice@example.test")]
    public async Task A_name_without_a_domain_is_no_way_around_the_login(string sender)
    {
        await using var connection = await SmtpConnection.OpenAsync(quickstart.Server.Smtp);
        await connection.ExpectAsync("EHLO client.test", "250");
        var reply = await connection.AskAsync($"MAIL FROM:<{sender}>");
        if (reply.StartsWith('2')) reply = await connection.AskAsync("RCPT TO:<bob@example.test>");
        Assert.Equal($"553 5.7.1 <{sender}>: Sender address rejected: not logged in", reply);
    }
}
