using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using PolicyMTA.Receiving.Limits;

namespace PolicyMTA.Receiving.Tests;

public sealed class ClientTableTests
{
    private static readonly ClientLimits Limits = new();

    [Theory]
    [InlineData("192.0.2.1", "192.0.2.2", 2)]
    [InlineData("2001:db8::1", "2001:db8::fff:1", 1)]
    [InlineData("2001:db8::1", "2001:db8:0:0:0:1000::1", 2)]
    public void Addresses_of_one_network_are_one_client(string first, string second, int clients)
    {
        var table = new ClientTable();
        table.Enter(IPAddress.Parse(first), Limits, 0, out _);
        table.Enter(IPAddress.Parse(second), Limits, 0, out var open);
        Assert.Equal(clients, table.Count);
        Assert.Equal(3 - clients, open);
    }

    [Fact]
    public void A_flood_of_addresses_takes_no_more_room_and_open_connections_stay_counted()
    {
        var table = new ClientTable(limit: 100);
        var client = IPAddress.Parse("192.0.2.1");
        table.Enter(client, Limits, 0, out _);
        for (var i = 0; i < 10_000; i++)
        {
            var activity = table.Enter(new IPAddress([10, 0, (byte)(i >> 8), (byte)i]), Limits, now: 1, out _);
            activity.Count(ClientEvent.Connection, now: 1, unit: 60);
            activity.Leave();
        }
        Assert.InRange(table.Count, 1, 100);
        table.Enter(client, Limits, 1, out var open);
        Assert.Equal(2, open);
    }

    [Fact]
    public void Who_is_gone_is_forgotten_when_its_time_unit_is_over()
    {
        var table = new ClientTable();
        var activity = table.Enter(IPAddress.Loopback, Limits, 0, out _);
        activity.Count(ClientEvent.Message, now: 0, unit: 60);
        activity.Leave();
        table.Sweep(59);
        Assert.Equal(1, table.Count);
        Assert.Equal(1, activity.Find(ClientEvent.Message, 59));
        table.Sweep(60);
        Assert.Equal(0, table.Count);
    }

    [Fact]
    public void Passed_clients_are_bounded_too()
    {
        var passed = new PassedClients(limit: 100);
        for (var i = 0; i < 1000; i++) passed.Add(new IPAddress(i + 1L), now: i, until: i + 10_000);
        Assert.InRange(passed.Count, 1, 100);
        Assert.True(passed.Contains(new IPAddress(1000L), 1000));
        passed.Sweep(20_000);
        Assert.Equal(0, passed.Count);
    }

    [Fact]
    public void Stress_begins_above_four_fifths_and_ends_at_three()
    {
        var load = new ServerLoad(NullLogger.Instance);
        for (var i = 0; i < 8; i++) Assert.True(load.TryEnter(10, isTrusted: false));
        Assert.False(load.IsStressed);
        load.TryEnter(10, isTrusted: false);
        Assert.True(load.IsStressed);
        load.Leave();
        load.Leave();
        Assert.True(load.IsStressed);
        load.Leave();
        Assert.False(load.IsStressed);
    }

    [Fact]
    public void Our_own_networks_have_places_of_their_own()
    {
        var load = new ServerLoad(NullLogger.Instance);
        Assert.True(load.TryEnter(1, isTrusted: false));
        Assert.False(load.TryEnter(1, isTrusted: false));
        load.Leave();
        for (var i = 0; i < 10; i++) Assert.True(load.TryEnter(1, isTrusted: true));
        Assert.False(load.TryEnter(1, isTrusted: true));
    }
}
