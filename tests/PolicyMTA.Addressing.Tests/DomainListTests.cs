using PolicyMTA.Sdk;

namespace PolicyMTA.Addressing.Tests;

public sealed class DomainListTests
{
    private readonly FakeTables _tables = new()
    {
        Tables =
        {
            ["hash:/domains"] = new FakeTable(("keyed.test", "x"), (".below.test", "x")),
            ["named"] = new FakeTable(("section.test", "x")),
        },
    };

    [Theory]
    [InlineData("one.test", true)]
    [InlineData("ONE.test", true)]
    [InlineData("sub.one.test", false)]
    [InlineData("sub.two.test", true)]
    [InlineData("two.test", false)]
    [InlineData("not.three.test", false)]
    [InlineData("any.three.test", true)]
    [InlineData("keyed.test", true)]
    [InlineData("x.below.test", true)]
    [InlineData("section.test", true)]
    [InlineData("named", false)]
    [InlineData("other.test", false)]
    public async Task First_element_that_matches_decides(string domain, bool expected)
    {
        var list = DomainList.Parse(["one.test", ".two.test", "!not.three.test", ".three.test", "hash:/domains", "named"], _tables, new HashSet<string> { "named" }, DomainMatching.Below);
        Assert.Equal(expected, await list.ContainsAsync(domain, CancellationToken.None));
    }

    [Theory]
    [InlineData("sub.one.test", true)]
    [InlineData("xone.test", false)]
    [InlineData("a.b.keyed.test", true)]
    public async Task Subdomains_belong_to_it_when_asked_for(string domain, bool expected)
    {
        var list = DomainList.Parse(["one.test", "hash:/domains"], _tables, matching: DomainMatching.Subdomains);
        Assert.Equal(expected, await list.ContainsAsync(domain, CancellationToken.None));
    }

    [Fact]
    public async Task Table_of_whole_domains_is_asked_once()
    {
        var table = new FakeTable();
        _tables.Tables["sqlite:x"] = table;
        Assert.False(await DomainList.Parse(["sqlite:x"], _tables).ContainsAsync("a.B.test", CancellationToken.None));
        Assert.Equal(["a.b.test"], table.Asked);
    }

    [Fact]
    public void Missing_table_is_a_mistake() => Assert.Throws<ConfigurationException>(() => DomainList.Parse(["hash:/nowhere"], _tables));
}
