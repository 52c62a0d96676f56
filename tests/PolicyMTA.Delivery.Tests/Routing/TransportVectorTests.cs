using PolicyMTA.Delivery.Tests.Support;
using PolicyMTA.Testing;

namespace PolicyMTA.Delivery.Tests.Routing;

/// <summary>What Postfix's own tests expect of transport(5).</summary>
[Trait("Category", "Suites")]
public sealed class TransportVectorTests
{
    // What the suite calls DEFAULT is the transport of the address's class.
    private const string Default = "smtp";

    public static TheoryData<string, string, string> Cases()
    {
        var data = new TheoryData<string, string, string>();
        using var document = Suites.Find("postfix/functions.json");
        if (document is null) return data;
        foreach (var one in document.RootElement.GetProperty("functions").GetProperty("transport_maps").EnumerateArray())
        {
            var (given, expected) = (one[0], one[1]);
            data.Add(given.GetProperty("map").GetString()!, given.GetProperty("address").GetString()!, $"{expected.GetProperty("channel").GetString()!.Replace("DEFAULT", Default, StringComparison.Ordinal)}:{expected.GetProperty("nexthop").GetString()}");
        }
        return data;
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Cases))]
    public async Task Route(string map, string address, string route)
    {
        var entries = map[(map.IndexOf('{', StringComparison.Ordinal) + 1)..].TrimEnd('}').Split(',', StringSplitOptions.TrimEntries).Select(entry => entry.Split('=', 2)).Select(pair => (pair[0], pair[1]));
        var channels = (IEnumerable<string>)["channel0", "channel1", "channel2", "channel3"];
        await using var office = new Office(Office.Settings() with
        {
            TransportMaps = [new FakeTable([.. entries])],
            Pipes = channels.ToDictionary(name => name, _ => new PipeSettings { Command = ["/bin/true"] }),
        });
        var choice = await office.Deliverer.RouteAsync(Post.Message(), Post.To(address)[0], CancellationToken.None);
        Assert.Equal(route, choice.Route.ToString());
    }
}
