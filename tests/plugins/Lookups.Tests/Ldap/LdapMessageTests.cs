using System.Formats.Asn1;
using PolicyMTA.Lookups.Ldap;
using PolicyMTA.Sdk;

namespace PolicyMTA.Lookups.Tests.Ldap;

/// <summary>Filters, addresses and messages, right ones and noise.</summary>
public sealed class LdapMessageTests
{
    [Fact]
    public void Filters_of_noise_are_written_or_refused_and_a_quoted_value_stays_one_value()
    {
        var random = new Random(4515);
        const string Letters = "()&|!=*<>~:\\ab0 ";
        var written = 0;
        for (var i = 0; i < 100_000; i++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(0, 24)).Select(_ => Letters[random.Next(Letters.Length)]));
            if (TryWrite(text) is not null) written++;
            var quoted = TryWrite($"(mail={LdapFilter.Quote(text)})");
            // equalityMatch [3] with the attribute and the very text; an empty one is an empty value.
            var expected = Encode(writer =>
            {
                using var pair = writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 3, true));
                writer.WriteOctetString("mail"u8);
                writer.WriteOctetString(System.Text.Encoding.UTF8.GetBytes(text));
            });
            Assert.Equal(expected, quoted);
        }
        Assert.InRange(written, 100, 99_000);
    }

    [Theory]
    [InlineData(50, true)]
    [InlineData(51, false)]
    public void Nesting_has_a_limit(int depth, bool isWritten) =>
        Assert.Equal(isWritten, TryWrite(string.Concat(Enumerable.Repeat("(!", depth)) + "(a=b)" + new string(')', depth)) is not null);

    [Fact]
    public void Messages_of_noise_are_read_or_called_malformed()
    {
        var random = new Random(4511);
        byte[][] seeds = [LdapMessages.SimpleBind(1, "cn=x", "y"), LdapMessages.Search(2, new LdapSearch("dc=x", LdapScope.One, "(a=b)", ["mail"], 1, 0, TimeSpan.FromSeconds(1))), Entry()];
        var read = 0;
        for (var i = 0; i < 100_000; i++)
        {
            var bytes = (byte[])seeds[i % seeds.Length].Clone();
            for (var change = random.Next(0, 4); change > 0; change--) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            try
            {
                var (_, kind, body) = LdapMessages.Read(bytes);
                if (kind == LdapMessages.Entry) LdapMessages.ReadEntry(body);
                else LdapMessages.ReadResult(body);
                read++;
            }
            catch (InvalidDataException)
            {
                // Said as what it is.
            }
        }
        Assert.InRange(read, 1000, 99_000);
    }

    [Theory]
    [InlineData("ldap:///dc=x?mail,cn?sub?(a=%20b)", "dc=x", 2, "(a= b)", 2)]
    [InlineData("ldap://h:1/dc=x", "dc=x", 0, LdapUrl.EveryEntry, 0)]
    [InlineData("LDAPS://h/dc=x??one", "dc=x", 1, LdapUrl.EveryEntry, 0)]
    public void URLs_are_read(string text, string searched, int scope, string filter, int attributes)
    {
        Assert.True(LdapUrl.TryParse(text, out var url));
        Assert.Equal((searched, (LdapScope)scope, filter, attributes), (url.Base, url.Scope, url.Filter, url.Attributes.Count));
    }

    [Theory]
    [InlineData("cn=alice,dc=x")]
    [InlineData("http://x/dc=x")]
    [InlineData("ldap://x/dc=x??all")]
    public void What_is_no_URL_is_none(string text) => Assert.False(LdapUrl.TryParse(text, out _));

    private static byte[] Entry() => Encode(writer =>
    {
        using var message = writer.PushSequence();
        writer.WriteInteger(3);
        using var entry = writer.PushSequence(LdapMessages.Entry);
        writer.WriteOctetString("cn=x"u8);
        using var list = writer.PushSequence();
        using var attribute = writer.PushSequence();
        writer.WriteOctetString("mail"u8);
        using var values = writer.PushSetOf();
        writer.WriteOctetString("a@b"u8);
    });

    private static byte[]? TryWrite(string filter)
    {
        try
        {
            return Encode(writer => LdapFilter.Write(filter, writer));
        }
        catch (ConfigurationException)
        {
            return null;
        }
    }

    private static byte[] Encode(Action<AsnWriter> write)
    {
        var writer = new AsnWriter(AsnEncodingRules.BER);
        write(writer);
        return writer.Encode();
    }
}
