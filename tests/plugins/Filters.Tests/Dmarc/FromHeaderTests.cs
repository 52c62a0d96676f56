using System.Text;
using PolicyMTA.Filters.Dmarc;
using PolicyMTA.Sdk;

namespace PolicyMTA.Filters.Tests.Dmarc;

/// <summary>Whom a message is from, in all the ways to hide it.</summary>
public sealed class FromHeaderTests
{
    [Theory]
    [InlineData(" joe@good.test", "good.test")]
    [InlineData(" Joe <joe@Good.Test>", "good.test")]
    [InlineData(" \"x@evil.test\" <joe@good.test>", "good.test")]
    [InlineData(" J. Doe (x@evil.test) <joe(a)@(b)good.test>", "good.test")]
    [InlineData("\r\n\tJoe\r\n <joe@good.test>\r\n ", "good.test")]
    [InlineData(" \"a\\\"b\" <\"joe@x\"@good.test>", "good.test")]
    [InlineData(" a@good.test, B <b@good.test>,", "good.test")]
    [InlineData(" team: a@good.test, b@good.test;", "good.test")]
    [InlineData(" joe@bücher.test", "xn--bcher-kva.test")]
    [InlineData(" =?utf-8?q?x=40evil.test?= <joe@good.test>", "good.test")]
    public void Author_is_found(string value, string domain)
    {
        var from = FromHeader.Parse(value);
        Assert.Equal((true, domain), (from.IsSound, Assert.Single(from.Domains)));
    }

    [Theory]
    [InlineData("", "")]
    [InlineData(" joe", "")]
    [InlineData(" <>", "")]
    [InlineData(" undisclosed:;", "")]
    [InlineData(" joe@[192.0.2.1]", "")]
    [InlineData(" a@good.test, b@evil.test", "good.test evil.test")]
    [InlineData(" x@evil.test <joe@good.test>", "evil.test good.test")]
    [InlineData(" <a@good.test> <b@evil.test>", "good.test evil.test")]
    [InlineData(" <@evil.test:joe@good.test>", "evil.test good.test")]
    [InlineData(" joe@good.test\0@evil.test", "good.test evil.test")]
    [InlineData(" joe@good.test@evil.test", "good.test evil.test")]
    [InlineData(" joe@good.test (b@evil.test", "good.test evil.test")]
    [InlineData(" \"joe <a@good.test>, b@evil.test", "good.test evil.test")]
    [InlineData(" joe@\r\nevil.test <a@good.test>", "evil.test good.test")]
    [InlineData(" x@(c)evil.test <a@good.test>", "good.test evil.test")]
    [InlineData(" a@good..test", "")]
    [InlineData(" <joe@good.test", "good.test")]
    [InlineData(" group: inner: a@good.test;;", "good.test")]
    public void What_is_malformed_has_all_the_authors_it_may_seem_to_have(string value, string domains)
    {
        var from = FromHeader.Parse(value);
        Assert.Equal((false, domains), (from.IsSound, string.Join(' ', from.Domains)));
    }

    [Theory]
    [InlineData("From", "FROM ", 2)]
    [InlineData("from", "From\t", 2)]
    [InlineData("Sender", "Subject", 0)]
    public void Repeated_and_missing_fields_have_no_one_author(string first, string second, int domains)
    {
        var from = FromHeader.Of([new HeaderField(first, " a@good.test"), new HeaderField(second, " b@evil.test")]);
        Assert.Equal((false, domains), (from.IsSound, from.Domains.Count));
    }

    [Fact]
    public void Octets_of_a_field_are_read_as_utf8()
    {
        var octets = Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(" joe@bücher.test"));
        Assert.Equal("xn--bcher-kva.test", Assert.Single(FromHeader.Of([new HeaderField("From", octets)]).Domains));
    }

    [Theory]
    [InlineData(FromHeader.MostDomains, false)]
    [InlineData(FromHeader.MostDomains + 1, true)]
    [InlineData(100_000, true)]
    public void Authors_are_counted(int count, bool hasTooMany) =>
        Assert.Equal(hasTooMany, FromHeader.Parse(string.Join(',', Enumerable.Range(0, count).Select(i => $" a@d{i}.test"))).HasTooMany);

    [Theory]
    [InlineData("x")]
    [InlineData("@")]
    [InlineData("(")]
    [InlineData("\"")]
    [InlineData("é")]
    [InlineData("@é")]
    [InlineData(", ")]
    public void Author_behind_much_else_is_found(string padding)
    {
        var text = string.Concat(Enumerable.Repeat(padding, 100_000)) + "\r\n <a@[1]>, b@evil.test";
        Assert.Contains("evil.test", FromHeader.Parse(text).Domains);
    }

    [Theory]
    [InlineData(253, true)]
    [InlineData(254, false)]
    public void Domain_has_the_length_that_dns_allows(int length, bool isSound)
    {
        var domain = string.Concat(Enumerable.Repeat("abcdefg.", 40))[..(length - 5)] + "x.com";
        Assert.Equal((length, isSound), (domain.Length, FromHeader.Parse($" joe@{domain}").IsSound));
    }

    [Theory]
    [InlineData(63, true)]
    [InlineData(64, false)]
    public void Label_has_the_length_that_dns_allows(int length, bool isSound) => Assert.Equal(isSound, FromHeader.Parse($" joe@{new string('a', length)}.test").IsSound);

    [Theory]
    [InlineData(32, true)]
    [InlineData(33, false)]
    [InlineData(8000, false)]
    public void Comments_are_nested_only_so_deep(int depth, bool isSound) =>
        Assert.Equal(isSound, FromHeader.Parse($"{new string('(', depth)}{new string(')', depth)} joe@good.test").IsSound);

    [Fact]
    public void No_text_hides_an_author_behind_another()
    {
        var random = new Random(5322);
        string[] pieces = ["a@good.test", "b@evil.test", "<", ">", ",", ";", ":", "(", ")", "\"", "\\", "@", " ", "\r\n ", "\t", "joe", ".", "\0", "é", "[", "]", "=?utf-8?q?x?=", "\ud800", "\x7f"];
        for (var i = 0; i < 50_000; i++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(14)).Select(_ => pieces[random.Next(pieces.Length)]));
            var from = FromHeader.Parse(text);
            if (from.IsSound) Assert.Single(from.Domains);
            Assert.All(from.Domains, domain => Assert.True(DomainName.TryNormalize(domain, out var again) && again == domain, text));
            // A sound field with no quoting and no comment names what is written in it, and nothing else.
            if (from.IsSound && !text.Contains('"') && !text.Contains('(')) Assert.Equal(FromScanner.Find(text), from.Domains);
        }
    }
}
