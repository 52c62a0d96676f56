using PolicyMTA.Delivery.Local;

namespace PolicyMTA.Delivery.Tests.Local;

/// <summary>The one reader of destinations.</summary>
public sealed class AliasValueTests
{
    [Theory]
    [InlineData("a, b@c.test", "mail:a", "mail:b@c.test")]
    [InlineData(" a,,b , ", "mail:a", "mail:b")]
    [InlineData("a b", "mail:a", "mail:b")]
    [InlineData("Full Name <a@b.test>", "mail:a@b.test")]
    [InlineData("\"Last, First\" <a@b.test>, c", "mail:a@b.test", "mail:c")]
    [InlineData("(a comment (nested), with comma) a@b.test (end)", "mail:a@b.test")]
    [InlineData("\"a b\"@c.test", "mail:a b@c.test")]
    [InlineData("\"odd@name\"@c.test", "mail:odd@name@c.test")]
    [InlineData("\"odd@name\"", "mail:odd@name@")]
    [InlineData("|/bin/cat", "command:/bin/cat")]
    [InlineData("\"|/bin/cat -n, \\\"x\\\" (y)\"", "command:/bin/cat -n, \"x\" (y)")]
    [InlineData("|\"/bin/cat -n, x\"", "command:/bin/cat -n, x")]
    [InlineData("|/bin/cat -n, b", "command:/bin/cat -n", "mail:b")]
    [InlineData("\"| spaced \"", "command:spaced")]
    [InlineData("|", new string[0])]
    [InlineData("/var/spool/x", "file:/var/spool/x")]
    [InlineData("\"/var/with space/\"", "file:/var/with space/")]
    [InlineData("~/Mail/x", "file:~/Mail/x")]
    [InlineData(":include:/etc/list", "include:/etc/list")]
    [InlineData(":INCLUDE:/etc/list, a", "include:/etc/list", "mail:a")]
    [InlineData("\":include:/etc/a list\"", "include:/etc/a list")]
    [InlineData("\\alice", "exact:alice")]
    [InlineData("\"\\alice\", \\bob@c.test", "exact:alice", "exact:bob@c.test")]
    [InlineData("", new string[0])]
    [InlineData("<>", new string[0])]
    [InlineData("@b.test", new string[0])]
    [InlineData("\"unfinished, a", "mail:unfinished, a")]
    [InlineData("(unfinished, a", new string[0])]
    [InlineData("user@[192.0.2.1]", "mail:user@[192.0.2.1]")]
    public void Text_means_these_destinations(string text, params string[] expected) => Assert.Equal(expected, AliasValue.Read(text).Select(Show));

    [Fact]
    public void Line_that_begins_with_a_hash_says_nothing_and_no_line_continues_another() =>
        Assert.Equal(["mail:a", "mail:b", "mail:c"], AliasValue.ReadLines("# x\na,\r\n b\n#c\nc\n").Select(Show));

    [Fact]
    public void Reader_ends_on_anything_and_every_destination_can_be_written_and_read_again()
    {
        const string Alphabet = "ab@.,:;<>()\"\\|/~ \t\r\n#é";
        var random = new Random(4711);
        for (var round = 0; round < 20_000; round++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(40)).Select(_ => random.Next(12) == 0 ? ":include:" : Alphabet[random.Next(Alphabet.Length)].ToString()));
            foreach (var token in AliasValue.Read(text)) Assert.True(AliasValue.Read(Write(token)) is [var again] && again == token, $"{Uri.EscapeDataString(text)} gave {Uri.EscapeDataString(Write(token))}");
        }
    }

    [Fact]
    public void Long_text_takes_time_in_proportion()
    {
        var begun = TimeProvider.System.GetTimestamp();
        Assert.Equal(200_000, AliasValue.Read(string.Join(", ", Enumerable.Repeat("a@b.test", 200_000))).Count);
        Assert.Single(AliasValue.Read(":include:" + new string('x', 1_000_000)));
        Assert.Empty(AliasValue.Read(new string('(', 1_000_000)));
        Assert.True(TimeProvider.System.GetElapsedTime(begun) < TimeSpan.FromSeconds(10));
    }

    private static string Write(AliasToken token) => token switch
    {
        AliasToken.Mail { Address: { Domain: "" } address } => Quote(address.Local),
        AliasToken.Mail mail => $"{Quote(mail.Address.Local)}@{Quote(mail.Address.Domain)}",
        AliasToken.Exact { Address: { Domain: "" } address } => $"\\{Quote(address.Local)}",
        AliasToken.Exact exact => $"\\{Quote(exact.Address.Local)}@{Quote(exact.Address.Domain)}",
        AliasToken.Command command => Quote("|" + command.Text),
        AliasToken.File file => Quote(file.Path),
        AliasToken.Include include => Quote(":include:" + include.Path),
        _ => throw new InvalidOperationException(),
    };

    private static string Quote(string text) => text.Length == 0 ? "" : "\"" + text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal) + "\"";

    private static string Show(AliasToken token) => token switch
    {
        AliasToken.Mail { Address.Local: "odd@name", Address.Domain: "" } => "mail:odd@name@",
        AliasToken.Mail mail => "mail:" + mail.Address,
        AliasToken.Exact exact => "exact:" + exact.Address,
        AliasToken.Command command => "command:" + command.Text,
        AliasToken.File file => "file:" + file.Path,
        AliasToken.Include include => "include:" + include.Path,
        _ => "?",
    };
}
