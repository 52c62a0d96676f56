using PolicyMTA.Delivery.Tests.Support;
using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Tests.Routing;

public sealed class TransportTests
{
    [Theory]
    [InlineData("error", "5.1.2 gone for good", DeliveryAction.Failed, "5.1.2", "gone for good")]
    [InlineData("error", "x.test", DeliveryAction.Failed, "5.0.0", "mail transport unavailable")]
    [InlineData("error", "just words", DeliveryAction.Failed, "5.0.0", "just words")]
    [InlineData("retry", "5.3.0 wait", DeliveryAction.Deferred, "4.3.0", "wait")]
    [InlineData("discard", "x.test", DeliveryAction.Delivered, "2.0.0", "mail discarded")]
    [InlineData("nowhere", "x.test", DeliveryAction.Deferred, "4.3.5", "mail transport unavailable: nowhere")]
    public async Task Fixed_outcome(string transport, string nextHop, DeliveryAction action, string status, string text)
    {
        await using var office = new Office();
        var outcome = await office.SendAsync(nextHop, "a@x.test", transport);
        Assert.Equal((action, status, text), (outcome.Action, outcome.Status.ToString(), outcome.Text));
    }

    [Fact]
    public async Task Transport_of_a_plugin_is_called_by_its_name()
    {
        await using var office = new Office(transports: new Dictionary<string, ITransport> { ["pigeon"] = new Pigeon() });
        Assert.Equal("flown to loft", (await office.SendAsync("loft", "a@x.test", "pigeon")).Text);
    }

    private sealed class Pigeon : ITransport
    {
        public ValueTask<IReadOnlyList<RecipientOutcome>> DeliverAsync(DeliveryRequest request, CancellationToken cancellationToken) => new(
        [
            new RecipientOutcome { Recipient = 0, Action = DeliveryAction.Delivered, Status = new EnhancedStatus(2, 0, 0), Text = "flown to " + request.NextHop },
        ]);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
