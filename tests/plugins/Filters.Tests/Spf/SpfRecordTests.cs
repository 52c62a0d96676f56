using System.Net;
using System.Text.Json;
using PolicyMTA.Filters.Spf;

namespace PolicyMTA.Filters.Tests.Spf;

public sealed class SpfRecordTests
{
    private static readonly SpfSubject Subject = SpfSubject.Of(IPAddress.Parse("192.0.2.3"), "strong-bad", "email.example.com", "mail.example.com", "mx.example.org");

    // RFC 7208 §7.4.
    [Theory]
    [InlineData("%{s}", "strong-bad@email.example.com")]
    [InlineData("%{o}", "email.example.com")]
    [InlineData("%{d4}", "email.example.com")]
    [InlineData("%{d2}", "example.com")]
    [InlineData("%{d1}", "com")]
    [InlineData("%{dr}", "com.example.email")]
    [InlineData("%{d2r}", "example.email")]
    [InlineData("%{l-}", "strong.bad")]
    [InlineData("%{lr-}", "bad.strong")]
    [InlineData("%{l1r-}", "strong")]
    [InlineData("%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.com")]
    [InlineData("%{S}%%%_%-", "strong-bad%40email.example.com% %20")]
    public void Macros_mean_what_the_standard_says(string text, string expected)
    {
        Assert.True(MacroString.TryParse(text, isExplanation: false, out var parsed));
        Assert.Equal(expected, parsed.Expand(Subject, "email.example.com", null, default));
    }

    [Theory]
    [InlineData("%")]
    [InlineData("%{")]
    [InlineData("%{d")]
    [InlineData("%{}")]
    [InlineData("%{x}")]
    [InlineData("%{c}")]
    [InlineData("%{d0}")]
    [InlineData("%{d!}")]
    [InlineData("a b")]
    [InlineData("é")]
    public void Other_macros_are_none(string text) => Assert.False(MacroString.TryParse(text, isExplanation: false, out _));

    [Theory]
    [InlineData("v=spf1 ip4:1.2.3.0/33")]
    [InlineData("v=spf1 ip4:1.2.3.0/08")]
    [InlineData("v=spf1 ip4:1.2.3")]
    [InlineData("v=spf1 ip4:01.2.3.4")]
    [InlineData("v=spf1 ip6:::1/129")]
    [InlineData("v=spf1 ip6:[::1]")]
    [InlineData("v=spf1 a/33")]
    [InlineData("v=spf1 a//129")]
    [InlineData("v=spf1 a:")]
    [InlineData("v=spf1 a:host")]
    [InlineData("v=spf1 include")]
    [InlineData("v=spf1 all:x")]
    [InlineData("v=spf1 redirect=a.test redirect=b.test")]
    [InlineData("v=spf1 -redirect=a.test")]
    [InlineData("v=spf1 mx:%{d}/a")]
    public void Wrong_words_make_the_record_wrong(string text) => Assert.False(SpfRecord.TryParse(text, out _, out _));

    [Theory]
    [InlineData("v=spf1 ip4:1.2.3.0/32 ip4:1.2.3.4/0 ip6:::1/128 ip6:2001:db8::/0")]
    [InlineData("v=spf1 a/32 a//128 a/0//0 a:x.test/24//64 mx:%{d}/24 mx:%{d/}")]
    [InlineData("V=SPF1 A MX PTR PTR:x.test EXISTS:%{i}.x.test -ALL")]
    [InlineData("v=spf1 unknown=%{d} exp=e.test redirect=r.test  ")]
    public void Right_ones_are_read(string text) => Assert.True(SpfRecord.TryParse(text, out _, out _));

    [Theory]
    [InlineData(10, "neutral")]
    [InlineData(11, "permerror")]
    public async Task Ten_terms_may_ask_and_no_more(int terms, string expected)
    {
        var record = string.Concat(Enumerable.Repeat(" a:other.test", terms));
        Assert.Equal(expected, await ResultAsync($$"""{ "email.example.com": { "TXT": [["v=spf1{{record}}"]] }, "other.test": { "A": ["198.51.100.1"] } }"""));
    }

    [Theory]
    [InlineData(2, "neutral")]
    [InlineData(3, "permerror")]
    public async Task Two_names_may_lead_nowhere_and_no_more(int terms, string expected)
    {
        var record = string.Concat(Enumerable.Range(0, terms).Select(i => $" a:n{i}.test"));
        Assert.Equal(expected, await ResultAsync($$"""{ "email.example.com": { "TXT": [["v=spf1{{record}}"]] } }"""));
    }

    [Theory]
    [InlineData(10, "neutral")]
    [InlineData(11, "permerror")]
    public async Task Ten_hosts_may_take_the_mail_and_no_more(int hosts, string expected)
    {
        var exchanges = string.Join(", ", Enumerable.Range(0, hosts).Select(i => $"[10, \"h.test\"]"));
        Assert.Equal(expected, await ResultAsync($$"""{ "email.example.com": { "TXT": [["v=spf1 mx"]], "MX": [{{exchanges}}] }, "h.test": { "A": ["198.51.100.1"] } }"""));
    }

    [Fact]
    public async Task Records_that_include_each_other_end()
    {
        Assert.Equal("permerror", await ResultAsync("""{ "email.example.com": { "TXT": [["v=spf1 include:b.test"]] }, "b.test": { "TXT": [["v=spf1 include:email.example.com"]] } }"""));
        Assert.Equal("permerror", await ResultAsync("""{ "email.example.com": { "TXT": [["v=spf1 redirect=email.example.com"]] } }"""));
    }

    [Fact]
    public async Task Failing_dns_is_never_a_pass()
    {
        foreach (var term in (string[])["a:slow.test", "mx:slow.test", "exists:slow.test", "include:slow.test", "redirect=slow.test"])
        {
            Assert.Equal("temperror", await ResultAsync($$"""{ "email.example.com": { "TXT": [["v=spf1 {{term}}"]] }, "slow.test": { "timeout": ["*"] } }"""));
        }
    }

    [Fact]
    public void Any_text_is_a_record_or_none_and_is_never_read_badly()
    {
        var random = new Random(7208);
        string[] parts = ["v=spf1", " ", "a", "mx", "ptr", "all", "include", "exists", "ip4", "ip6", ":", "/", "//", "=", "+", "-", "~", "?", "%{", "}", "d", "i", "r", "2", "33", "1.2.3.4", "::1", "x.test", ".", "redirect", "exp", "é", "\0", "%%", "%"];
        for (var i = 0; i < 100_000; i++)
        {
            var text = "v=spf1 " + string.Concat(Enumerable.Range(0, random.Next(12)).Select(_ => parts[random.Next(parts.Length)]));
            Assert.True(SpfRecord.IsRecord(text));
            if (!SpfRecord.TryParse(text, out var record, out var wrong))
            {
                Assert.NotEqual("", wrong);
                continue;
            }
            // The slow way: nothing but printable text without a stray sign can be a record.
            Assert.All(text, c => Assert.InRange(c, ' ', '~'));
            Assert.All(record.Mechanisms, mechanism => Assert.Contains(mechanism.Text, text, StringComparison.Ordinal));
        }
    }

    private static async Task<string> ResultAsync(string zone) =>
        (await SpfCheck.RunAsync(Subject, new Zone(JsonDocument.Parse(zone).RootElement), SpfLimits.Default, TimeProvider.System, CancellationToken.None)).Result.ToString().ToLowerInvariant();
}
