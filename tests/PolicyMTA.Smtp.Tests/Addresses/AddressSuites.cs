using System.Text;
using PolicyMTA.Sdk;

namespace PolicyMTA.Smtp.Tests;

[Trait("Category", "Suites")]
public sealed class AddressSuites
{
    public static TheoryData<string, bool> IsEmail()
    {
        var cases = new TheoryData<string, bool>();
        foreach (var one in Suite.Cases("addresses/isemail.json"))
        {
            var valid = one.GetProperty("valid_rfc5321");
            if (valid.ValueKind is System.Text.Json.JsonValueKind.Null) continue;
            cases.Add(Escape(one.GetProperty("address").GetString()!), valid.GetBoolean());
        }
        return cases;
    }

    public static TheoryData<string, string, bool> Mox()
    {
        var cases = new TheoryData<string, string, bool>();
        foreach (var one in Suite.Cases("addresses/mox.json").Where(one => one.GetProperty("kind").GetString() != "pack-localpart"))
        {
            cases.Add(one.GetProperty("kind").GetString()!, Escape(one.GetProperty("input").GetString()!), one.GetProperty("valid").GetBoolean());
        }
        return cases;
    }

    public static TheoryData<string, string> MoxPack()
    {
        var cases = new TheoryData<string, string>();
        foreach (var one in Suite.Cases("addresses/mox.json").Where(one => one.GetProperty("kind").GetString() == "pack-localpart"))
        {
            cases.Add(Escape(one.GetProperty("input").GetString()!), Escape(one.GetProperty("output").GetString()!));
        }
        return cases;
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(IsEmail))]
    public void The_grammar_of_mailboxes_is_that_of_RFC_5321(string escaped, bool isValid) =>
        Assert.Equal(isValid, AddressSyntax.TryParseMailbox(Unescape(escaped), out _));

    /// <summary>What Postfix accepts in an envelope wins over the book: a local part alone, and a dot behind the domain.</summary>
    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(IsEmail))]
    public void RCPT_takes_and_refuses_the_same(string escaped, bool isValid)
    {
        var address = Unescape(escaped);
        if (address.Contains('\n', StringComparison.Ordinal)) return;
        var isPostfixForm = address.Length > 0 && (!address.Contains('@', StringComparison.Ordinal) || address.EndsWith('.'));
        var parser = new SmtpCommandParser(new SmtpSyntax { StrictEnvelopes = true });
        var command = parser.Parse(new(Encoding.UTF8.GetBytes($"RCPT TO:<{address}>")));
        Assert.Equal(isValid || isPostfixForm, command is SmtpCommand.Rcpt);
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Mox))]
    public void Local_parts_and_addresses_are_told_from_others(string kind, string escaped, bool isValid)
    {
        var input = Unescape(escaped);
        var address = kind == "localpart" ? input + "@example.com" : input;
        Assert.Equal(isValid, AddressSyntax.TryParseMailbox(address, out _));
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(MoxPack))]
    public void A_local_part_is_quoted_when_it_must_be(string local, string packed) =>
        Assert.Equal(Unescape(packed) + "@example.com", new Address(Unescape(local), "example.com").ToEnvelope());

    // Control characters do not survive in the names of test cases.
    private static string Escape(string text) => Uri.EscapeDataString(text);

    private static string Unescape(string text) => Uri.UnescapeDataString(text);
}
