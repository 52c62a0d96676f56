using PolicyMTA.Sdk;

namespace PolicyMTA.Queue.Tests;

public sealed class FilterTests
{
    public static TheoryData<QueueFilter, string[]> Filters => new()
    {
        { QueueFilter.All, ["b@two.example", "c@three.example", "d@two.example"] },
        { new QueueFilter { Sender = "A@one.example" }, ["b@two.example", "c@three.example"] },
        { new QueueFilter { Domain = "TWO.example" }, ["b@two.example", "d@two.example"] },
        { new QueueFilter { Recipient = "c@three.example" }, ["c@three.example"] },
        { new QueueFilter { Account = "ANNA" }, ["d@two.example"] },
        { new QueueFilter { Age = new NumberRange(">", 60) }, ["b@two.example", "c@three.example"] },
        { new QueueFilter { Age = new NumberRange("<=", 60) }, ["d@two.example"] },
        { new QueueFilter { Attempts = new NumberRange(">=", 1) }, ["b@two.example", "c@three.example"] },
        { new QueueFilter { Attempts = new NumberRange("=", 0) }, ["d@two.example"] },
        { new QueueFilter { Reply = "NOT NOW" }, ["b@two.example", "c@three.example"] },
        { new QueueFilter { Reply = "something else" }, [] },
        { new QueueFilter { State = RecipientState.Held }, ["d@two.example"] },
        { new QueueFilter { Hold = "spam" }, ["d@two.example"] },
        { new QueueFilter { Hold = "other" }, [] },
        { new QueueFilter { Destination = "three.example" }, ["c@three.example"] },
        { new QueueFilter { Domain = "two.example", State = RecipientState.Deferred }, ["b@two.example"] },
    };

    [Theory]
    [MemberData(nameof(Filters))]
    public async Task Filter_chooses_recipients(QueueFilter filter, string[] expected)
    {
        await using var server = await TestServer.StartAsync();
        server.Deliverer.Deliver = _ => Task.FromResult(DeliveryAction.Deferred);
        server.Deliverer.Shape = outcome => outcome with { Text = "not now" };
        var first = await server.SendAsync("a@one.example", "b@two.example", "c@three.example");
        await server.UntilStateAsync(first, RecipientState.Deferred);
        await TestServer.UntilAsync(async () => (await server.RecipientAsync(first, 1)).State == RecipientState.Deferred);
        server.Time.Advance(TimeSpan.FromSeconds(61));
        var message = await Messages.NewAsync(server.Queue, "e@four.example", ["d@two.example"]);
        await server.SendAsync(message with { Origin = message.Origin with { SaslUser = "anna" }, Recipients = [message.Recipients[0] with { State = RecipientState.Held, HoldName = "spam" }] });

        var found = new List<string>();
        await foreach (var entry in server.Queue.Administration.ListAsync(filter, default)) found.AddRange(entry.Recipients.Select(recipient => recipient.Address.ToString()));

        Assert.Equal(expected, found);
    }

    [Theory]
    [InlineData(">3", 4, true)]
    [InlineData(">3", 3, false)]
    [InlineData(">=3", 3, true)]
    [InlineData("<3", 3, false)]
    [InlineData("<=3", 3, true)]
    [InlineData("3", 3, true)]
    [InlineData("= 3", 2, false)]
    public void Range_has_both_sides(string text, double number, bool isIn) => Assert.Equal(isIn, NumberRange.TryParse(text, NumberRange.ReadNumber)!.Contains(number));

    [Theory]
    [InlineData("")]
    [InlineData(">")]
    [InlineData("=>3")]
    [InlineData("-3")]
    public void What_is_no_range_is_refused(string text) => Assert.Null(NumberRange.TryParse(text, NumberRange.ReadNumber));

    [Theory]
    [InlineData("hold", 2)]
    [InlineData("release", 1)]
    [InlineData("delete", 3)]
    public async Task Rehearsal_says_what_would_be_done_and_changes_nothing(string verb, int recipients)
    {
        await using var server = await TestServer.StartAsync(isRunning: false);
        await server.SendAsync("a@one.example", "b@two.example", "c@three.example");
        var held = await server.SendAsync("a@one.example", "d@two.example");
        await server.Queue.Administration.HoldAsync(held, QueueFilter.All, "spam", null, default);
        var before = await server.Queue.Administration.CountAsync(default);

        var count = 0;
        await foreach (var entry in server.Queue.Administration.RehearseAsync(verb, null, QueueFilter.All, default)) count += entry.Recipients.Count;

        Assert.Equal(recipients, count);
        Assert.Equal(before, await server.Queue.Administration.CountAsync(default));
    }
}
