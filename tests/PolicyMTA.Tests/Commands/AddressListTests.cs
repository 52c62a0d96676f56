using PolicyMTA.Commands.Postfix;

namespace PolicyMTA.Tests.Commands;

public sealed class AddressListTests
{
    [Theory]
    [InlineData("a@example.test", "a@example.test")]
    [InlineData("a@example.test, b@example.test", "a@example.test", "b@example.test")]
    [InlineData("Anna <a@example.test>, \"Bob, the builder\" <b@example.test>", "a@example.test", "b@example.test")]
    [InlineData("root", "root")]
    [InlineData("a@example.test (Anna (the first), really)", "a@example.test")]
    [InlineData("friends: a@example.test, Bob <b@example.test>;, c@example.test", "a@example.test", "b@example.test", "c@example.test")]
    [InlineData("undisclosed-recipients:;")]
    [InlineData("\"strange name\"@example.test", "strange name@example.test")]
    [InlineData("<\"a\\\"b\"@example.test>", "a\"b@example.test")]
    [InlineData("a@[192.0.2.1], <b@[IPv6:2001:db8::1]>", "a@[192.0.2.1]", "b@[IPv6:2001:db8::1]")]
    [InlineData("<@relay.test:a@example.test>", "a@example.test")]
    [InlineData("a . b @ example.test", "a.b@example.test")]
    [InlineData(" , ;; ,")]
    [InlineData("Mühe <mühe@bücher.example>", "mühe@bücher.example")]
    public void Addresses_are_found(string text, params string[] expected) => Assert.Equal(expected, AddressList.Read(text));

    [Fact]
    public void Whatever_stands_there_nothing_breaks_and_no_list_is_longer_than_its_commas()
    {
        var random = new Random(17);
        const string alphabet = "ab@.,;:<>()[]\"\\ \t\r\n\0é";
        for (var i = 0; i < 20_000; i++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(40)).Select(_ => alphabet[random.Next(alphabet.Length)]));
            var found = AddressList.Read(text);
            Assert.True(found.Count <= text.Count(c => c is ',' or ';') + 1, text);
            Assert.DoesNotContain("", found);
        }
    }
}
