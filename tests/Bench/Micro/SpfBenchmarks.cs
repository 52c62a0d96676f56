using System.Globalization;
using System.Net;
using BenchmarkDotNet.Attributes;
using PolicyMTA.Dns;
using PolicyMTA.Filters.Spf;
using PolicyMTA.Testing;

namespace PolicyMTA.Microbenchmarks;

/// <summary>SPF with a warm cache: the resolver has all answers. A record of one network, one that includes two others as big senders have it, and the most terms that a check may ask for.</summary>
[MemoryDiagnoser]
public class SpfBenchmarks
{
    private const int Included = 10;

    private static readonly string[] Domains = ["plain.test", "big.test", "most.test"];

    private static readonly Dictionary<string, string> Records = new(Enumerable.Range(0, Included).Select(i => KeyValuePair.Create(Name(i), "v=spf1 ip4:198.51.100.0/24 ip4:203.0.113.0/24 ~all")))
    {
        ["plain.test"] = "v=spf1 ip4:192.0.2.0/24 -all",
        ["big.test"] = "v=spf1 include:_spf.big.test include:mail.vendor.test ~all",
        ["_spf.big.test"] = "v=spf1 ip4:198.51.100.0/24 ip4:203.0.113.0/24 ip6:2001:db8::/32 ~all",
        ["mail.vendor.test"] = "v=spf1 ip4:198.18.0.0/15 ip4:10.0.0.0/8 ip4:192.0.2.0/25 ~all",
        ["most.test"] = $"v=spf1 {string.Join(' ', Enumerable.Range(0, Included).Select(i => $"include:{Name(i)}"))} ip4:192.0.2.1 -all",
    };

    private readonly LoopbackNameserver _nameserver = new(Records);
    private DnsResolver _resolver = null!;
    private int _asked;

    [GlobalSetup]
    public async Task SetUpAsync()
    {
        _resolver = new DnsResolver(new DnsSettings { Nameservers = [_nameserver.EndPoint] }, TimeProvider.System);
        foreach (var domain in Domains) await CheckAsync(domain);
        _asked = _nameserver.Asked;
    }

    [GlobalCleanup]
    public async Task CleanUpAsync()
    {
        var asked = _nameserver.Asked;
        await _nameserver.DisposeAsync();
        if (asked != _asked) throw new InvalidOperationException("the cache was not warm");
    }

    [Benchmark]
    public Task<string> Plain() => CheckAsync(Domains[0]);

    [Benchmark]
    public Task<string> Includes() => CheckAsync(Domains[1]);

    [Benchmark]
    public Task<string> Most() => CheckAsync(Domains[2]);

    private async Task<string> CheckAsync(string domain)
    {
        var subject = SpfSubject.Of(IPAddress.Parse("192.0.2.1"), "joe", domain, "mail.example.test", "here.test");
        var outcome = await SpfCheck.RunAsync(subject, _resolver, SpfLimits.Default, TimeProvider.System, CancellationToken.None);
        return outcome.Result == SpfResult.Pass ? "pass" : throw new InvalidOperationException($"{domain}: {outcome}");
    }

    private static string Name(int i) => string.Create(CultureInfo.InvariantCulture, $"n{i}.test");
}
