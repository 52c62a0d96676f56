using PolicyMTA.Delivery.Routing;
using PolicyMTA.Delivery.Tests.Support;
using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Tests.Routing;

public sealed class RouterTests
{
    private static readonly FakeClasses Classes = new(("ours.test", AddressClass.VirtualMailbox), ("box.test", AddressClass.Local),
        ("relay.test", AddressClass.Relay), ("alias.test", AddressClass.VirtualAlias));

    [Theory]
    [InlineData("a@ours.test", "lmtp:unix:private/dovecot-lmtp")]
    [InlineData("a@box.test", "maildir:box.test")]
    [InlineData("a@relay.test", "relay:relay.test")]
    [InlineData("a@Elsewhere.TEST", "smtp:elsewhere.test")]
    [InlineData("a@[192.0.2.1]", "smtp:[192.0.2.1]")]
    [InlineData("a@alias.test", "error:5.1.1 User unknown in virtual alias table")]
    [InlineData("x%elsewhere.test@ours.test", "lmtp:unix:private/dovecot-lmtp")]
    [InlineData("x%elsewhere.test@relay.test", "relay:relay.test")]
    [InlineData("x%elsewhere.test@box.test", "smtp:elsewhere.test")]
    [InlineData("root", "smtp:example.test")]
    public async Task Class_decides(string address, string route) =>
        Assert.Equal(route, await RouteAsync(Office.Settings() with { VirtualTransport = "lmtp:unix:private/dovecot-lmtp" }, address));

    [Theory]
    [InlineData("a@elsewhere.test", "smtp:[127.0.0.1]:2526")]
    [InlineData("a@relay.test", "relay:[127.0.0.1]:2526")]
    [InlineData("a@ours.test", "maildir:ours.test")]
    public async Task Relayhost_takes_what_is_not_ours(string address, string route) =>
        Assert.Equal(route, await RouteAsync(Office.Settings() with { RelayHost = "[127.0.0.1]:2526" }, address));

    [Theory]
    [InlineData("user@map.test", "smtp:[whole]")]
    [InlineData("user+tag@map.test", "smtp:[whole]")]
    [InlineData("other@map.test", "lmtp:inet:127.0.0.1:24")]
    [InlineData("x@sub.map.test", "smtp:sub-of-map")]
    [InlineData("x@empty.test", "smtp:[relay]")]
    [InlineData("x@nexthop.test", "smtp:[hop]:26")]
    [InlineData("x@transport.test", "lmtp:transport.test")]
    [InlineData("x@gone.test", "error:5.1.2 gone for good")]
    [InlineData("x@any.example", "retry:wait")]
    public async Task Transport_maps_are_asked_from_whole_to_star(string address, string route)
    {
        var table = new FakeTable(("user@map.test", "smtp:[whole]"), ("map.test", "lmtp:inet:127.0.0.1:24"), (".map.test", "smtp:sub-of-map"),
            ("empty.test", ":"), ("nexthop.test", ":[hop]:26"), ("transport.test", "lmtp:"), ("gone.test", "error:5.1.2 gone for good"), ("*", "retry:wait"));
        var settings = Office.Settings() with { TransportMaps = [table], RelayHost = "[relay]", RecipientDelimiter = "+" };
        Assert.Equal(route, await RouteAsync(settings, address));
    }

    [Fact]
    public async Task Each_local_user_is_a_destination() => Assert.Equal("local:alice@box.test", await RouteAsync(Office.Settings() with { LocalTransport = "local" }, "Alice@Box.test"));

    [Fact]
    public async Task Broken_table_is_no_answer() =>
        await Assert.ThrowsAsync<TemporaryFailureException>(() => RouteAsync(Office.Settings() with { TransportMaps = [new FakeTable(("map.test", "!"))] }, "a@map.test"));

    [Fact]
    public async Task Policy_overrides_everything()
    {
        await using var office = new Office(classes: Classes);
        var recipient = Post.To("a@ours.test")[0] with { RouteOverride = "smtp:[10.0.0.1]:2525" };
        Assert.Equal("smtp:[10.0.0.1]:2525", (await office.Deliverer.RouteAsync(Post.Message(), recipient, CancellationToken.None)).Route.ToString());
    }

    [Theory]
    [InlineData("example.net", "Domain { Name = example.net, Port = 25 }")]
    [InlineData("Example.net:587", "Domain { Name = example.net, Port = 587 }")]
    [InlineData("[mail.example.net]", "Host { Name = mail.example.net, Port = 25 }")]
    [InlineData("[2001:db8::1]:2525", "Host { Name = 2001:db8::1, Port = 2525 }")]
    [InlineData("[IPv6:2001:db8::1]", "Host { Name = 2001:db8::1, Port = 25 }")]
    [InlineData("inet:localhost:24", "Host { Name = localhost, Port = 24 }")]
    [InlineData("unix:private/lmtp", "UnixPath { Path = private/lmtp }")]
    [InlineData("[open", null)]
    [InlineData("host:99999", null)]
    [InlineData("", null)]
    [InlineData("unix:", null)]
    public void Next_hop_is_taken_apart(string text, string? expected)
    {
        NextHop.TryParse(text, 25, out var nextHop);
        Assert.Equal(expected, nextHop?.ToString());
    }

    [Theory]
    [InlineData("joe@good.test", "a@elsewhere.test", "smtp:[joes-relay]:587")]
    [InlineData("joe+tag@good.test", "a@elsewhere.test", "smtp:[joes-relay]:587")]
    [InlineData("ann@good.test", "a@elsewhere.test", "smtp:[goods-relay]")]
    [InlineData("ann@good.test", "a@relay.test", "relay:[goods-relay]")]
    [InlineData("no@good.test", "a@elsewhere.test", "smtp:[common]")]
    [InlineData("", "a@elsewhere.test", "smtp:[reports]")]
    [InlineData("x@other.test", "a@elsewhere.test", "lmtp:[common]")]
    [InlineData("y@other.test", "a@elsewhere.test", "smtp:[elsewhere]:26")]
    [InlineData("joe@good.test", "a@ours.test", "maildir:ours.test")]
    public async Task Sender_may_decide_on_relayhost_and_transport(string sender, string recipient, string route)
    {
        var settings = Office.Settings() with
        {
            RelayHost = "[common]",
            RecipientDelimiter = "+",
            SenderDependentRelayHostMaps = [new FakeTable(("joe@good.test", "[joes-relay]:587"), ("@good.test", "[goods-relay]"), ("no@good.test", "DUNNO"), ("<>", "[reports]"))],
            SenderDependentDefaultTransportMaps = [new FakeTable(("x@other.test", "lmtp"), ("y@other.test", "smtp:[elsewhere]:26"))],
        };
        await using var office = new Office(settings, classes: Classes);
        Assert.Equal(route, (await office.Deliverer.RouteAsync(Post.Message(sender: sender), Post.To(recipient)[0], CancellationToken.None)).Route.ToString());
    }

    [Fact]
    public async Task Table_of_senders_that_is_broken_keeps_the_mail()
    {
        await using var office = new Office(Office.Settings() with { SenderDependentRelayHostMaps = [new FakeTable(("joe@good.test", "!"))] }, classes: Classes);
        await Assert.ThrowsAsync<TemporaryFailureException>(() => office.Deliverer.RouteAsync(Post.Message(), Post.To("a@elsewhere.test")[0], CancellationToken.None).AsTask());
    }

    private static async Task<string> RouteAsync(DeliverySettings settings, string address)
    {
        await using var office = new Office(settings, classes: Classes);
        return (await office.Deliverer.RouteAsync(Post.Message(), Post.To(address)[0], CancellationToken.None)).Route.ToString();
    }
}
