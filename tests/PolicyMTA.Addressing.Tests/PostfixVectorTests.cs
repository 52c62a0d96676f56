using System.Text.Json;
using PolicyMTA.Sdk;

namespace PolicyMTA.Addressing.Tests;

/// <summary>What Postfix's own tests expect of trivial-rewrite and masquerading.</summary>
[Trait("Category", "Suites")]
public sealed class PostfixVectorTests
{
    public static TheoryData<string, string, string> Rewrites() => Read("rewrite", (given, expected) => (given.GetProperty("context").GetString()!, given.GetProperty("address").GetString()!, expected.GetString()!));

    public static TheoryData<string, string, string> Masquerades() => Read("masquerade", (given, expected) => (given.GetProperty("domains").GetString()!, given.GetProperty("address").GetString()!, expected.GetProperty("result").GetString()!));

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
        if (Folder() is not { } folder) return data;
        using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "postfix", "functions.json")));
        foreach (var one in document.RootElement.GetProperty("functions").GetProperty(function).EnumerateArray())
        {
            var (first, second, third) = take(one[0], one[1]);
            data.Add(first, second, third);
        }
        return data;
    }

    private static string? Folder()
    {
        if (Environment.GetEnvironmentVariable("POLICYMTA_SUITES") is { Length: > 0 } named) return named;
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (root is not null && !File.Exists(Path.Combine(root.FullName, "PolicyMTA.sln"))) root = root.Parent;
        return root is not null && Path.Combine(root.FullName, "..", "shared", "conformance") is var beside && Directory.Exists(beside) ? beside : null;
    }
}
