using PolicyMTA.Sdk;
using PolicyMTA.Testing;

namespace PolicyMTA.Addressing.Tests;

/// <summary>Senders of forwarded mail.</summary>
public sealed class SenderRewritingTests
{
    private const int Days = 21;

    private static readonly DateTimeOffset Start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    [Trait("Category", "Suites")]
    public void Addresses_are_those_of_the_suite()
    {
        var suite = Suites.Find("srs/vectors.json");
        Assert.SkipWhen(suite is null, "the published suites are not here (POLICYMTA_SUITES)");
        foreach (var test in suite!.RootElement.GetProperty("cases").EnumerateArray())
        {
            var rewriting = At(DateTimeOffset.FromUnixTimeSeconds(test.GetProperty("now").GetInt64()), test.GetProperty("secret").GetString()!);
            var input = Address.FromInternal(test.GetProperty("input").GetString()!);
            var output = test.GetProperty("op").GetString() == "forward"
                ? rewriting.Rewrite(input, test.GetProperty("alias_domain").GetString()!).ToString()
                : rewriting.Reverse(input) switch { RewrittenSender.Found found => found.Address.ToString(), RewrittenSender.Refused refused => refused.Error.ToString().ToLowerInvariant(), _ => "" };
            Assert.Equal((test.TryGetProperty("output", out var expected) ? expected : test.GetProperty("error")).GetString(), output);
        }
    }

    [Theory]
    [InlineData(-2, false)]
    [InlineData(-1, true)]
    [InlineData(0, true)]
    [InlineData(Days, true)]
    [InlineData(Days + 1, false)]
    [InlineData(1022, false)]
    public void Address_is_good_for_its_days(int later, bool isGood)
    {
        var rewritten = At(Start, "secret").Rewrite(new Address("joe", "good.test"), "mx.test");
        RewrittenSender expected = isGood ? new RewrittenSender.Found(new Address("joe", "good.test")) : new RewrittenSender.Refused(RewrittenSenderError.Timestamp);
        Assert.Equal(expected, At(Start.AddDays(later), "secret").Reverse(rewritten));
    }

    [Fact]
    public void Old_secret_verifies_and_no_longer_signs()
    {
        var old = At(Start, "old").Rewrite(new Address("joe", "good.test"), "mx.test");
        var both = At(Start, "new", "old");
        Assert.IsType<RewrittenSender.Found>(both.Reverse(old));
        Assert.Equal(new RewrittenSender.Refused(RewrittenSenderError.Hash), At(Start, "old").Reverse(both.Rewrite(new Address("joe", "good.test"), "mx.test")));
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("postmaster", "")]
    public void Null_and_bare_senders_stay(string local, string domain) => Assert.Equal(new Address(local, domain), At(Start, "secret").Rewrite(new Address(local, domain), "mx.test"));

    [Fact]
    public void Folded_address_is_known_again()
    {
        var rewritten = At(Start, "secret").Rewrite(new Address("joe", "good.test"), "mx.test");
        Assert.Equal(new RewrittenSender.Found(new Address("joe", "good.test")), At(Start, "secret").Reverse(rewritten with { Local = rewritten.Local.ToLowerInvariant() }));
    }

    [Fact]
    public void Third_forwarder_keeps_the_first_and_drops_the_second()
    {
        var first = At(Start, "one").Rewrite(new Address("joe", "good.test"), "one.test");
        var third = At(Start, "three").Rewrite(At(Start, "two").Rewrite(first, "two.test"), "three.test");
        Assert.Equal(new RewrittenSender.Found(first), At(Start, "three").Reverse(third));
    }

    [Theory]
    [InlineData("joe")]
    [InlineData("SRS0")]
    [InlineData("SRS0=")]
    [InlineData("SRS0=AAAA=2W=host")]
    [InlineData("SRS0=AAAA=2W==joe")]
    [InlineData("SRS0=AAAA=2WX=host.test=joe")]
    [InlineData("SRS1=AAAA=host")]
    [InlineData("SRS1=AAAA=host.test=joe")]
    [InlineData("SRS1=AAAA==x=y")]
    public void What_is_not_of_the_form_is_refused(string local) =>
        Assert.Equal(new RewrittenSender.Refused(RewrittenSenderError.Form), At(Start, "secret").Reverse(new Address(local, "mx.test")));

    [Fact]
    public void Nothing_is_believed_that_was_not_signed()
    {
        var random = new Random(2822);
        var rewriting = At(Start, "secret");
        var signed = rewriting.Rewrite(new Address("joe", "good.test"), "mx.test").Local;
        for (var i = 0; i < 20_000; i++)
        {
            var text = signed.ToCharArray();
            var place = random.Next(text.Length);
            text[place] = (char)random.Next(' ', 0x7f);
            var changed = new string(text);
            var isSame = changed.Equals(signed, StringComparison.OrdinalIgnoreCase) || changed[4] is '+' or '-' && place == 4;
            // The hash covers every letter but that of the separator.
            Assert.Equal(isSame, rewriting.Reverse(new Address(changed, "mx.test")) is RewrittenSender.Found);
        }
    }

    private static SenderRewriting At(DateTimeOffset now, params string[] secrets) => new(secrets, Days, new FixedTime(now));

    private sealed class FixedTime(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
