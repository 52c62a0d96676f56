using PolicyMTA.Filters.Dmarc;
using PolicyMTA.Filters.Dmarc.Reports;

namespace PolicyMTA.Filters.Tests.Dmarc.Reports;

/// <summary>Nobody gets reports by another's record alone (RFC 9990 §4).</summary>
public sealed class ReportDestinationsTests : IDisposable
{
    private readonly ReportBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Theory]
    [InlineData("mailto:a@good.test", "a@good.test")]
    [InlineData("mailto:a@mail.good.test", "a@mail.good.test")]
    [InlineData("mailto:a@GOOD.test,mailto:A@good.test", "a@GOOD.test")]
    [InlineData("mailto:a@willing.test", "a@willing.test")]
    [InlineData("mailto:a@elsewhere.test", "inbox@elsewhere.test")]
    [InlineData("mailto:a@stranger.test", "a@stranger.test")]
    [InlineData("mailto:a@silly.test", "")]
    [InlineData("mailto:a@nobody.test", "")]
    [InlineData("https://good.test/report", "")]
    [InlineData("mailto:a@[192.0.2.1]", "")]
    [InlineData("mailto:a%0d%0aBcc:x@good.test", "")]
    [InlineData("mailto:a%20b@good.test", "")]
    public async Task Report_goes_to_who_wants_it(string rua, string expected)
    {
        var (addresses, isComplete) = await FindAsync(rua);
        Assert.Equal((expected, true), (string.Join(',', addresses.Select(address => address.Address)), isComplete));
    }

    [Fact]
    public async Task Size_of_the_address_in_its_place_counts() => Assert.Equal(1024, Assert.Single((await FindAsync("mailto:a@elsewhere.test!9m")).Addresses).Limit);

    [Fact]
    public async Task Dns_that_does_not_answer_leaves_the_question_open()
    {
        var (addresses, isComplete) = await FindAsync("mailto:a@silent.test,mailto:a@good.test");
        Assert.Equal(("a@good.test", false), (Assert.Single(addresses).Address, isComplete));
    }

    [Fact]
    public async Task Dns_that_takes_too_long_leaves_the_question_open()
    {
        var find = new ReportDestinations(new SilentDns(), suffixes: null, walks: true, _bench.Clock).FindAsync("good.test", Record("mailto:a@far.test"), CancellationToken.None).AsTask();
        _bench.Clock.Advance(TimeSpan.FromSeconds(19));
        Assert.False(find.IsCompleted);
        _bench.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.False((await find).IsComplete);
    }

    [Theory]
    [InlineData(ReportDestinations.MostAddresses)]
    [InlineData(ReportDestinations.MostAddresses + 1)]
    public async Task More_addresses_than_that_are_left_out(int count) =>
        Assert.Equal(ReportDestinations.MostAddresses, (await FindAsync(string.Join(',', Enumerable.Range(0, count).Select(i => $"mailto:a{i}@good.test")))).Addresses.Count);

    private ValueTask<(IReadOnlyList<ReportAddress> Addresses, bool IsComplete)> FindAsync(string rua) => _bench.Destinations().FindAsync("good.test", Record(rua), CancellationToken.None);

    private static DmarcRecord Record(string rua) => DmarcRecord.Parse($"v=DMARC1; p=none; rua={rua}")!;
}
