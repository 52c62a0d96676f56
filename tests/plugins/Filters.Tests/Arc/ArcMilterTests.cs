using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using PolicyMTA.Filters.Dkim;
using PolicyMTA.Filters.Dkim.Arc;
using PolicyMTA.Filters.Dkim.Signing;
using PolicyMTA.Filters.Tests.Dkim;
using PolicyMTA.Sdk;

namespace PolicyMTA.Filters.Tests.Arc;

/// <summary>A message that goes from one intermediary to the next.</summary>
public sealed class ArcMilterTests
{
    private const string Message = "From: alice@example.test\r\nTo: list@one.test\r\nSubject: hello\r\n\r\nHello  list\r\n\r\n";

    private static readonly SigningKey Key = SigningKey.Parse(RSA.Create(2048).ExportPkcs8PrivateKeyPem());

    private readonly FakeTimeProvider _clock = new(DateTimeOffset.UnixEpoch.AddYears(56));

    [Fact]
    public async Task Sets_of_two_intermediaries_pass_at_the_third()
    {
        var first = await PassAsync(Message, "one.test");
        Assert.Equal(["none"], first.Words);
        var second = await PassAsync(first.Queued, "two.test");
        Assert.Equal(["pass"], second.Words);
        var (queued, words, results) = await PassAsync(second.Queued, null);
        Assert.Equal(["pass"], words);
        Assert.Equal("arc=pass header.d=two.test", results.Find("arc")!.ToString());
        Assert.Contains("ARC-Authentication-Results: i=2; two.test; spf=pass smtp.mailfrom=joe@good.test; arc=pass header.d=one.test", queued, StringComparison.Ordinal);
        Assert.StartsWith("ARC-Seal: a=rsa-sha256; b=", queued, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Message_that_was_changed_fails_is_sealed_as_broken_once_and_never_again()
    {
        var first = await PassAsync(Message, "one.test");
        var changed = first.Queued.Replace("Hello  list", "Hello evil", StringComparison.Ordinal);
        var second = await PassAsync(changed, "two.test");
        Assert.Equal(["fail"], second.Words);
        Assert.Contains("cv=fail; d=two.test; i=2", second.Queued, StringComparison.Ordinal);
        var third = await PassAsync(second.Queued, "three.test");
        Assert.Equal(["fail"], third.Words);
        Assert.Equal(second.Queued, third.Queued);
    }

    [Fact]
    public async Task White_space_that_is_nothing_changes_nothing()
    {
        var first = await PassAsync(Message, "one.test");
        var spaced = first.Queued.Replace("Hello  list\r\n\r\n", "Hello list \r\n\r\n\r\n", StringComparison.Ordinal);
        Assert.Equal(["pass"], (await PassAsync(spaced, null)).Words);
    }

    [Theory]
    [InlineData("alice", false)]
    [InlineData(null, true)]
    public async Task Our_own_mail_has_no_chain(string? login, bool isInMyNetworks)
    {
        var message = new FakeMessage(Message);
        var context = FakeSession.EndOfData(message, login: login, isInMyNetworks: isInMyNetworks);
        await RunAsync(context, "one.test");
        Assert.Null(context.Results.Find("arc"));
        Assert.Equal(3, message.Headers.Count);
    }

    [Fact]
    public async Task DNS_that_does_not_answer_is_no_failure_and_no_set()
    {
        var first = await PassAsync(Message, "one.test");
        var message = new FakeMessage(first.Queued);
        var context = FakeSession.EndOfData(message);
        await RunAsync(context, "two.test", new KeyZone(new Dictionary<string, string[]?> { ["arc._domainkey.one.test"] = null }));
        Assert.Equal("temperror", context.Results.Find("arc")!.Result);
        Assert.Equal(first.Queued, Encoding.Latin1.GetString(message.Queued));
    }

    [Fact]
    public async Task Chains_of_noise_never_pass()
    {
        var longest = (await PassAsync((await PassAsync(Message, "one.test")).Queued, "two.test")).Queued;
        var random = new Random(8617);
        var end = longest.IndexOf("From:", StringComparison.Ordinal);
        const string Letters = "abi12=;: \r\n\t/+";
        var (failed, passed) = (0, 0);
        for (var i = 0; i < 3000; i++)
        {
            var (at, letter) = (random.Next(end), Letters[random.Next(Letters.Length)]);
            var header = RawHeader.Parse(Encoding.Latin1.GetBytes(longest[..at] + letter + longest[(at + 1)..]));
            using var verifier = new ArcVerifier(header, new DkimRules());
            verifier.WriteBody("Hello  list\r\n\r\n"u8);
            // A change of white space, or of a letter to itself, is none.
            if ((await verifier.FinishAsync(Zone(), CancellationToken.None)).Word == "pass") passed++;
            else failed++;
        }
        Assert.True(failed > 2000 && passed < 600, $"{failed} failed, {passed} passed");
    }

    private async Task<(string Queued, string[] Words, AuthenticationResults Results)> PassAsync(string message, string? sealer)
    {
        var fake = new FakeMessage(message);
        var results = new AuthenticationResults();
        results.Add(new AuthenticationResult("spf", "pass") { Properties = [new("smtp.mailfrom", "joe@good.test")] });
        await RunAsync(FakeSession.EndOfData(fake, results: results), sealer);
        return (Encoding.Latin1.GetString(fake.Queued), [.. results.Items.Where(result => result.Method == "arc").Select(result => result.Result)], results);
    }

    private async Task RunAsync(EndOfDataContext context, string? sealer, IDnsResolver? dns = null)
    {
        Func<SignatureRequest>? request = sealer is null ? null : () => new SignatureRequest(sealer, "arc", null, Key);
        await using var milter = new ArcMilter("arc", new DkimRules(), new SigningStyle(), request, sealer ?? "last.test", dns ?? Zone(), _clock);
        await using var session = (await milter.StartAsync(context, CancellationToken.None))!;
        await session.EndOfMessageAsync(context, null!, CancellationToken.None);
        await session.SignAsync(context, CancellationToken.None);
    }

    private static KeyZone Zone() => new(new[] { "one", "two", "three" }.ToDictionary(name => $"arc._domainkey.{name}.test", string[]? (_) => [$"v=DKIM1; p={Key.PublicKey()}"]));
}
