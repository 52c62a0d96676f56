using System.Text.Json;
using PolicyMTA.Sdk;
using PolicyMTA.Testing;

namespace PolicyMTA.Addressing.Tests;

/// <summary>What Postfix's own tests expect of trivial-rewrite and masquerading.</summary>
[Trait("Category", "Suites")]
public sealed class PostfixVectorTests
{
    public static TheoryData<string, string, string> Rewrites() => Read("rewrite", (given, expected) => (given.GetProperty("context").GetString()!, given.GetProperty("address").GetString()!, expected.GetString()!));

    public static TheoryData<string, string, string> Masquerades() => Read("masquerade", (given, expected) => (given.GetProperty("domains").GetString()!, given.GetProperty("address").GetString()!, expected.GetProperty("result").GetString()!));

    public static TheoryData<string, string, string> Extensions() => Read("strip_addr_extension", (given, expected) =>
        (given.GetProperty("in").GetString()!, given.GetProperty("delimiters").GetString()!, expected.GetString()!));

    public static TheoryData<string, string, string> Quotes() => Read("quoted", (given, expected) => (given.GetProperty("in").GetString()!, given.GetProperty("flags").GetString()!, expected.GetString()!));

    public static TheoryData<string, string, string> Unquotes() => Read("unquoted", (given, expected) => (given.GetProperty("in").GetString()!, given.GetProperty("flags").GetString()!, expected.GetString()!));

    public static TheoryData<string, string, string> Folds() => Read("fold_addr", (given, expected) => (given.GetProperty("mode").GetString()!, given.GetProperty("address").GetString()!, expected.GetString()!));

    public static TheoryData<string, string, string> AsciiNames() => Read("idna_to_ascii", (given, expected) => (given.GetString()!, "", expected.GetString()!));

    public static TheoryData<string, string, string> UnicodeNames() => Read("idna_to_utf8", (given, expected) => (given.GetString()!, "", expected.GetString()!));

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Unquotes))]
    public void Quotes_are_taken_off(string address, string flags, string expected)
    {
        Assert.Empty(flags);
        Assert.Equal(expected, string.Concat(AddressToken.Scan(address).Select(token => token.Text)));
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Folds))]
    public void Keys_are_folded(string mode, string address, string expected)
    {
        var at = address.LastIndexOf('@');
        var (local, domain) = at < 0 ? (address, "") : (address[..at], address[at..]);
        Assert.Contains(mode, (string[])["host", "user", "all"]);
        Assert.Equal(expected, (mode == "host" ? local : KeyFolding.Fold(local)) + (mode == "user" ? domain : KeyFolding.Fold(domain)));
    }

    // A name that has no other form stays as it is, and is then found to be no name where it matters.
    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(AsciiNames))]
    public void Domain_has_an_ASCII_form(string domain, string none, string expected) => Assert.Equal(expected == "(error)" ? domain : expected, none + InternationalDomain.ToAscii(domain), ignoreCase: true);

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(UnicodeNames))]
    public void Domain_has_a_Unicode_form(string domain, string none, string expected)
    {
        var ascii = InternationalDomain.ToAscii(domain);
        Assert.Equal(expected == "(error)" ? domain : expected, none + (InternationalDomain.FindUnicode(ascii) ?? ascii), ignoreCase: true);
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Extensions))]
    public void Extension(string address, string delimiters, string expected)
    {
        var parsed = Address.FromInternal(address);
        var extension = Book.Open(settings => settings with { RecipientDelimiter = delimiters }).FindExtension(parsed);
        Assert.NotEmpty(extension);
        // The suite shows the extension with its delimiter where there is no domain.
        var stripped = parsed with { Local = parsed.Local[..^(extension.Length + 1)] };
        Assert.Equal(expected, parsed.Domain.Length == 0 ? $"{stripped} {parsed.Local[stripped.Local.Length..]}" : stripped.ToString());
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Quotes))]
    public void Local_part_is_quoted(string local, string flags, string expected)
    {
        Assert.True(flags is "" or "8bitclean|bare_localpart");
        // Without a domain and without a local part an address is the null sender here: quotes come with a domain.
        Assert.Equal(expected, new Address(local, "example.test").ToEnvelope()[..^"@example.test".Length]);
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Rewrites))]
    public void Rewrite(string context, string address, string expected)
    {
        var rewrite = new TrivialRewrite(Book.Settings with { MyOrigin = "MYORIGIN", MyDomain = "MYDOMAIN", AppendDotMyDomain = true, RemoteHeaderRewriteDomain = "INVALID_DOMAIN" });
        var rewritten = rewrite.Rewrite(AddressToken.Scan(address), context == "local" ? RewriteContext.Local : RewriteContext.Remote);
        Assert.Equal(expected, Quoted(rewritten));
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Masquerades))]
    public async Task Masquerade(string domains, string address, string expected)
    {
        var book = Book.Open(settings => settings with { Rewriting = new RewritingSettings { MasqueradeDomains = domains.Split(',') } });
        Assert.Equal(expected, (await book.Rewriting.RewriteAsync(Address.FromInternal(address), AddressUse.HeaderSender, CancellationToken.None)).ToString());
    }

    // The suite shows external forms; an empty local part is "".
    private static string Quoted(string address)
    {
        var at = address.LastIndexOf('@');
        var local = at < 0 ? address : address[..at];
        return (local.Length == 0 ? "\"\"" : new Address(local, "").ToEnvelope()) + (at < 0 ? "" : address[at..]);
    }

    private static TheoryData<string, string, string> Read(string function, Func<JsonElement, JsonElement, (string, string, string)> take)
    {
        var data = new TheoryData<string, string, string>();
        using var document = Suites.Find("postfix/functions.json");
        if (document is null) return data;
        foreach (var one in document.RootElement.GetProperty("functions").GetProperty(function).EnumerateArray())
        {
            var (first, second, third) = take(one[0], one[1]);
            data.Add(first, second, third);
        }
        return data;
    }
}
