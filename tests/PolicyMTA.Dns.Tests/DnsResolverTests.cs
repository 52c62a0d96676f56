using System.Net;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using PolicyMTA.Sdk;
using PolicyMTA.Testing;

namespace PolicyMTA.Dns.Tests;

public sealed class DnsResolverTests
{
    private readonly FakeTimeProvider _clock = new();

    [Fact]
    public async Task Addresses_are_found_and_remembered_until_their_time_is_over()
    {
        await using var server = new TinyNameserver((_, _) => new(0, 300, null, [192, 0, 2, 1]));
        var resolver = Resolver(server);
        for (var i = 0; i < 3; i++)
        {
            var answer = await resolver.FindIpv4Async("MX.example.test.", CancellationToken.None);
            Assert.Equal(IPAddress.Parse("192.0.2.1"), Assert.Single(answer.Records));
        }
        Assert.Equal(["mx.example.test 1"], server.Asked);
        _clock.Advance(TimeSpan.FromSeconds(301));
        await resolver.FindIpv4Async("mx.example.test", CancellationToken.None);
        Assert.Equal(2, server.Asked.Count);
    }

    [Fact]
    public async Task Questions_at_once_become_one_query()
    {
        var gate = new TaskCompletionSource();
        await using var server = new TinyNameserver((_, _) => new(0, 300, null, [192, 0, 2, 1])) { Gate = gate.Task };
        var resolver = Resolver(server);
        var questions = Enumerable.Range(0, 50).Select(_ => resolver.FindIpv4Async("a.test", CancellationToken.None).AsTask()).ToArray();
        gate.SetResult();
        Assert.All(await Task.WhenAll(questions), a => Assert.True(a.IsFound));
        Assert.Single(server.Asked);
    }

    [Fact]
    public async Task Caller_that_leaves_does_not_spoil_the_query_for_others()
    {
        var gate = new TaskCompletionSource();
        await using var server = new TinyNameserver((_, _) => new(0, 300, null, [192, 0, 2, 1])) { Gate = gate.Task };
        var resolver = Resolver(server);
        using var impatient = new CancellationTokenSource();
        var first = resolver.FindIpv4Async("a.test", impatient.Token).AsTask();
        var second = resolver.FindIpv4Async("a.test", CancellationToken.None).AsTask();
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        gate.SetResult();
        Assert.True((await second).IsFound);
    }

    [Theory]
    [InlineData(3, DnsStatus.NoSuchName)]
    [InlineData(0, DnsStatus.NoData)]
    public async Task None_is_remembered_as_long_as_the_zone_says(int code, DnsStatus status)
    {
        await using var server = new TinyNameserver((_, _) => new(code, NegativeSeconds: 30));
        var resolver = Resolver(server);
        for (var i = 0; i < 2; i++) Assert.Equal(status, (await resolver.FindIpv4Async("none.test", CancellationToken.None)).Status);
        Assert.Single(server.Asked);
        _clock.Advance(TimeSpan.FromSeconds(31));
        await resolver.FindIpv4Async("none.test", CancellationToken.None);
        Assert.Equal(2, server.Asked.Count);
    }

    [Fact]
    public async Task Failure_is_told_and_asked_again()
    {
        var code = 2;
        await using var server = new TinyNameserver((_, _) => code == 2 ? new(2) : new(0, 300, null, [192, 0, 2, 1]));
        var resolver = Resolver(server);
        Assert.True((await resolver.FindIpv4Async("servfail.test", CancellationToken.None)).IsFailure);
        code = 0;
        Assert.True((await resolver.FindIpv4Async("servfail.test", CancellationToken.None)).IsFound);
    }

    [Fact]
    public async Task Silence_is_a_failure()
    {
        await using var server = new TinyNameserver((_, _) => null);
        var resolver = new DnsResolver(Settings(server) with { Timeout = TimeSpan.FromMilliseconds(50), Retries = 0 }, TimeProvider.System);
        Assert.True((await resolver.FindTxtAsync("silent.test", CancellationToken.None)).IsFailure);
    }

    [Theory]
    [InlineData(DnsResolver.LargestAnswer, DnsStatus.Found)]
    [InlineData(DnsResolver.LargestAnswer + 1, DnsStatus.Failure)]
    public async Task Answer_may_be_so_large(int size, DnsStatus status)
    {
        // Header, question and what stands before the text; each 255 octets of it have one of length.
        var rest = size - 12 - 14 - 12;
        var text = new string('x', rest - (rest + 255) / 256);
        await using var server = new LoopbackNameserver(new Dictionary<string, string> { ["big.test"] = text });
        var answer = await new DnsResolver(new DnsSettings { Nameservers = [server.EndPoint], Timeout = TimeSpan.FromSeconds(20) }, TimeProvider.System).FindTxtAsync("big.test", CancellationToken.None);
        Assert.Equal((status, status == DnsStatus.Found ? text : null), (answer.Status, answer.Records.SingleOrDefault()));
    }

    [Fact]
    public async Task Aliases_that_lead_back_to_one_another_are_a_failure()
    {
        await using var server = new LoopbackNameserver(new Dictionary<string, string>(), DnsFault.Loop);
        Assert.True((await new DnsResolver(new DnsSettings { Nameservers = [server.EndPoint], Timeout = TimeSpan.FromSeconds(20) }, TimeProvider.System).FindTxtAsync("turn.test", CancellationToken.None)).IsFailure);
    }

    [Fact]
    public async Task Mx_records_come_by_preference_and_a_null_mx_is_one_empty_host()
    {
        await using var server = new TinyNameserver((name, _) => name == "null.test"
            ? new(0, 300, null, [0, 0, 0])
            : new(0, 300, null, [0, 20, .. TinyNameserver.Name("b.test")], [0, 10, .. TinyNameserver.Name("a.test")], [0, 5, 0]));
        var resolver = Resolver(server);
        Assert.Equal([new MxRecord(10, "a.test"), new MxRecord(20, "b.test")], (await resolver.FindMxAsync("x.test", CancellationToken.None)).Records);
        Assert.Equal([new MxRecord(0, "")], (await resolver.FindMxAsync("null.test", CancellationToken.None)).Records);
    }

    [Fact]
    public async Task Name_servers_come_without_their_closing_dot()
    {
        await using var server = new TinyNameserver((_, type) => type == 2 ? new(0, 300, null, TinyNameserver.Name("ns1.test"), TinyNameserver.Name("ns2.test")) : null);
        Assert.Equal(["ns1.test", "ns2.test"], (await Resolver(server).FindNsAsync("x.test", CancellationToken.None)).Records.Order());
    }

    [Fact]
    public async Task Strings_of_one_txt_record_are_joined()
    {
        await using var server = new TinyNameserver((_, _) => new(0, 300, null, [4, .. Encoding.ASCII.GetBytes("v=sp"), 7, .. Encoding.ASCII.GetBytes("f1 -all")], [1, (byte)'x']));
        Assert.Equal(["v=spf1 -all", "x"], (await Resolver(server).FindTxtAsync("x.test", CancellationToken.None)).Records);
    }

    [Theory]
    [InlineData("192.0.2.25", "25.2.0.192.in-addr.arpa 12")]
    [InlineData("::ffff:192.0.2.25", "25.2.0.192.in-addr.arpa 12")]
    [InlineData("2001:db8::1", "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa 12")]
    public async Task Pointer_is_asked_under_the_reverse_name(string address, string question)
    {
        await using var server = new TinyNameserver((_, _) => new(0, 300, null, TinyNameserver.Name("host.test")));
        Assert.Equal(["host.test"], (await Resolver(server).FindPtrAsync(IPAddress.Parse(address), CancellationToken.None)).Records);
        Assert.Equal([question], server.Asked);
    }

    [Fact]
    public async Task Tlsa_record_is_read()
    {
        await using var server = new TinyNameserver((_, _) => new(0, 300, null, [3, 1, 1, 0xAB, 0xCD]));
        var record = Assert.Single((await Resolver(server).FindTlsaAsync("_25._tcp.mx.test", CancellationToken.None)).Records);
        Assert.Equal((3, 1, 1, "ABCD"), (record.Usage, record.Selector, record.MatchingType, Convert.ToHexString(record.Data.Span)));
    }

    [Fact]
    public async Task Loopback_never_asks_dns()
    {
        var hosts = Path.GetTempFileName();
        await File.WriteAllTextAsync(hosts, "127.0.1.1 thisbox.example thisbox # us\n192.0.2.1 other.example\n");
        await using var server = new TinyNameserver((_, _) => new(3));
        var resolver = new DnsResolver(Settings(server) with { Hosts = hosts }, _clock);
        File.Delete(hosts);
        Assert.Equal([IPAddress.Loopback], (await resolver.FindIpv4Async("localhost", CancellationToken.None)).Records);
        Assert.Equal([IPAddress.IPv6Loopback], (await resolver.FindIpv6Async("LOCALHOST", CancellationToken.None)).Records);
        Assert.Equal([IPAddress.Parse("127.0.1.1")], (await resolver.FindIpv4Async("thisbox", CancellationToken.None)).Records);
        Assert.Equal(DnsStatus.NoData, (await resolver.FindMxAsync("localhost", CancellationToken.None)).Status);
        Assert.Equal(["localhost"], (await resolver.FindPtrAsync(IPAddress.Loopback, CancellationToken.None)).Records);
        Assert.Equal(["localhost"], (await resolver.FindPtrAsync(IPAddress.IPv6Loopback, CancellationToken.None)).Records);
        Assert.Equal(["thisbox.example"], (await resolver.FindPtrAsync(IPAddress.Parse("127.0.1.1"), CancellationToken.None)).Records);
        Assert.Empty(server.Asked);
        Assert.Equal(DnsStatus.NoSuchName, (await resolver.FindIpv4Async("other.example", CancellationToken.None)).Status);
    }

    [Fact]
    public async Task Without_a_nameserver_every_question_fails_at_once()
    {
        var resolver = new DnsResolver(new DnsSettings { ResolvConf = "/nonexistent", Hosts = "/nonexistent" }, TimeProvider.System);
        var answer = resolver.FindMxAsync("example.test", CancellationToken.None);
        Assert.True(answer.IsCompleted);
        Assert.True((await answer).IsFailure);
        Assert.True((await resolver.FindIpv4Async("localhost", CancellationToken.None)).IsFound);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a..b")]
    [InlineData("0123456789012345678901234567890123456789012345678901234567890123.test")]
    public async Task Name_that_can_not_be_asked_does_not_exist(string name)
    {
        await using var server = new TinyNameserver((_, _) => new(0, 300, null, [192, 0, 2, 1]));
        Assert.Equal(DnsStatus.NoSuchName, (await Resolver(server).FindIpv4Async(name, CancellationToken.None)).Status);
        Assert.Empty(server.Asked);
    }

    [Theory]
    [InlineData("münchen.test")]
    [InlineData("white space.test")]
    [InlineData("under_score.test")]
    [InlineData("\0.test")]
    [InlineData("*.test")]
    public async Task Strange_names_never_throw(string name)
    {
        await using var server = new TinyNameserver((_, _) => new(3));
        Assert.False((await Resolver(server).FindIpv4Async(name, CancellationToken.None)).IsFound);
    }

    [Fact]
    public async Task Memory_is_bounded()
    {
        await using var server = new TinyNameserver((_, _) => new(0, 300, null, [192, 0, 2, 1]));
        var resolver = new DnsResolver(Settings(server) with { CacheSize = 8 }, _clock);
        for (var i = 0; i < 20; i++) await resolver.FindIpv4Async($"n{i}.test", CancellationToken.None);
        Assert.InRange(resolver.Remembered, 1, 8);
    }

    [Fact]
    public void Resolv_conf_is_read()
    {
        var servers = SystemNameservers.Parse(["# comment", "search example.test", "nameserver 192.0.2.53", "nameserver\t2001:db8::53", "nameserver nonsense", "options trust-ad"]);
        Assert.Equal(["192.0.2.53:53", "[2001:db8::53]:53"], servers.Select(s => s.ToString()));
    }

    private DnsResolver Resolver(TinyNameserver server) => new(Settings(server), _clock);

    private static DnsSettings Settings(TinyNameserver server) => new() { Nameservers = [server.EndPoint], Hosts = "/nonexistent" };
}
