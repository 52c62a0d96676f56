using System.Text.Json;
using PolicyMTA.Filters.Dmarc;

namespace PolicyMTA.Filters.Tests.Dmarc;

/// <summary>What the published suites leave out: faults of DNS, both sides of limits, and discovery with the public suffix list.</summary>
public sealed class DmarcCheckTests
{
    private const string Zones = """
        {
          "_dmarc.bank.test": { "TXT": [["v=DMARC1; p=reject; pct=40"]] },
          "_dmarc.try.test": { "TXT": [["v=DMARC1; p=reject; pct=0"]] },
          "login.bank.test": { "A": ["192.0.2.1"] },
          "_dmarc.shop.co.test": { "TXT": [["v=DMARC1; p=quarantine; sp=reject"]] },
          "_dmarc.slow.test": { "timeout": ["*"] },
          "_dmarc.evil.test": { "timeout": ["*"] },
          "_dmarc.deep.bank.test": { "timeout": ["*"] },
          "_dmarc.gov.test": { "TXT": [["v=DMARC1; p=none; psd=y; np=reject; sp=quarantine"]] },
          "office.gov.test": { "MX": [[10, "mail.test"]] },
          "dns.gov.test": { "timeout": ["*"] },
          "_dmarc.twice.test": { "TXT": [["v=DMARC1; p=reject; p=none; rua=mailto:a@twice.test"]] }
        }
        """;

    private static readonly PublicSuffixList List = PublicSuffixList.Parse(["// a comment", "test", "co.test  of no account"]);

    [Theory]
    [InlineData("slow.test", DmarcResult.TempError)]
    [InlineData("a.slow.test", DmarcResult.TempError)]
    [InlineData("bank.test", DmarcResult.Fail)]
    [InlineData("twice.test", DmarcResult.None)]
    [InlineData("nothing.test", DmarcResult.None)]
    public async Task Dns_that_does_not_answer_is_no_pass_and_no_fail(string author, object result) => Assert.Equal(result, (await RunAsync(author)).Result);

    [Fact]
    public async Task Stranger_whose_own_dns_is_silent_fails_all_the_same() =>
        Assert.Equal(((object)DmarcResult.Fail, (object)DmarcPolicy.Reject), Brief(await RunAsync("bank.test", dkim: ["evil.test", "x.evil.test"])));

    [Fact]
    public async Task Domain_of_the_author_whose_dns_is_silent_can_not_be_judged()
    {
        Assert.Equal(DmarcResult.TempError, (await RunAsync("bank.test", dkim: ["deep.bank.test"])).Result);
        Assert.Equal(DmarcResult.Pass, (await RunAsync("bank.test", dkim: ["deep.bank.test", "login.bank.test"])).Result);
    }

    [Theory]
    [InlineData("login.bank.test", DmarcResult.TempError)]
    [InlineData("evil.test", DmarcResult.Fail)]
    public async Task What_spf_or_dkim_could_not_ask_matters_only_where_it_is_aligned(string undecided, object result) =>
        Assert.Equal(result, (await RunAsync("bank.test", undecided: [undecided])).Result);

    [Theory]
    [InlineData("gov.test", DmarcPolicy.None)]
    [InlineData("office.gov.test", DmarcPolicy.Quarantine)]
    [InlineData("ghost.gov.test", DmarcPolicy.Reject)]
    public async Task Public_suffix_speaks_for_those_who_do_not(string author, object policy) => Assert.Equal(policy, (await RunAsync(author)).Policy);

    [Fact]
    public async Task Whether_a_domain_exists_may_not_be_known() =>
        Assert.Equal((DmarcResult.TempError, DmarcResult.Pass), ((await RunAsync("dns.gov.test")).Result, (await RunAsync("dns.gov.test", dkim: ["dns.gov.test"])).Result));

    [Fact]
    public async Task Two_organizations_under_one_suffix_are_not_aligned() =>
        Assert.Equal(DmarcResult.Fail, (await RunAsync("office.gov.test", dkim: ["gov.test", "other.gov.test"])).Result);

    [Theory]
    [InlineData("shop.co.test", "mail.shop.co.test", DmarcResult.Pass, DmarcPolicy.Quarantine)]
    [InlineData("a.shop.co.test", "b.shop.co.test", DmarcResult.Pass, DmarcPolicy.Reject)]
    [InlineData("shop.co.test", "other.co.test", DmarcResult.Fail, DmarcPolicy.Quarantine)]
    public async Task List_of_suffixes_tells_organizations_apart(string author, string signer, object result, object policy) =>
        Assert.Equal((result, policy), Brief(await RunAsync(author, dkim: [signer], list: List)));

    [Theory]
    [InlineData(39, DmarcPolicy.Reject)]
    [InlineData(40, DmarcPolicy.Quarantine)]
    public async Task Share_of_the_older_standard_is_kept(int roll, object policy) => Assert.Equal(policy, (await RunAsync("bank.test", list: List, roll: () => roll)).Policy);

    [Theory]
    [InlineData("bank.test", DmarcPolicy.Reject)]
    [InlineData("try.test", DmarcPolicy.Quarantine)]
    public async Task Share_of_nothing_is_a_test_and_any_other_is_not_known(string author, object policy) => Assert.Equal(policy, (await RunAsync(author)).Policy);

    [Theory]
    [InlineData("1.2.3.4.5.bank.test", 7)]
    [InlineData("1.2.3.4.5.6.bank.test", 8)]
    [InlineData("1.2.3.4.5.6.7.bank.test", 8)]
    [InlineData("1.2.3.4.5.6.7.8.9.10.11.12.13.14.15.16.17.18.19.20.bank.test", 8)]
    public async Task Walk_asks_eight_times_at_most(string author, int questions)
    {
        var zone = Zone();
        await new DmarcDiscovery(zone, suffixes: null, walks: true).FindPolicyAsync(author, CancellationToken.None);
        Assert.Equal(questions, zone.Asked.Count);
    }

    private static (object, object) Brief(DmarcOutcome outcome) => (outcome.Result, outcome.Policy);

    private static async Task<DmarcOutcome> RunAsync(string author, IReadOnlyList<string>? dkim = null, IReadOnlyList<string>? undecided = null, PublicSuffixList? list = null, Func<int>? roll = null) =>
        await new DmarcCheck(new DmarcDiscovery(Zone(), list, walks: list is null), roll).RunAsync(author, new AuthenticatedDomains { Dkim = dkim ?? [], Undecided = undecided ?? [] }, CancellationToken.None);

    private static Zone Zone() => new(JsonDocument.Parse(Zones).RootElement);
}
