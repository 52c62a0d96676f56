using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using PolicyMTA.Filters.Dkim;
using PolicyMTA.Sdk;

namespace PolicyMTA.Filters.Tests.Dkim;

/// <summary>Noise for every parser: what is wrong is said to be wrong, and what is read is what a slow reading gives.</summary>
public sealed partial class NoiseTests
{
    private const string Tags = "v=1; a=rsa-sha256; c=relaxed/simple; d=example.test; s=r1; h=From:To; bh=AAAA; b=AAAA; t=1; x=2; l=3; i=@a.example.test; q=dns/txt";
    private const string Key = "v=DKIM1; k=ed25519; h=sha256; s=email:*; t=s:y; n=note; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";

    [Fact]
    public void Signatures_and_keys_of_noise_are_read_or_refused()
    {
        var random = new Random(6376);
        var (signatures, keys, lists) = (0, 0, 0);
        for (var i = 0; i < 100_000; i++)
        {
            if (TagList.TryParse(Mutated(Tags, random), out _)) lists++;
            if (DkimSignature.TryParse(RawField.Of("DKIM-Signature", Mutated(Tags, random)), out var signature, out var problem))
            {
                signatures++;
                Assert.Contains("from", signature.SignedFields, StringComparer.OrdinalIgnoreCase);
                Assert.EndsWith(signature.Domain, signature.IdentityDomain, StringComparison.OrdinalIgnoreCase);
            }
            else
            {
                Assert.NotEmpty(problem);
            }
            if (DkimKey.TryParse(Mutated(Key, random), DkimAlgorithm.Ed25519Sha256, out _, out var why)) keys++;
            else Assert.NotEmpty(why);
        }
        Assert.All((int[])[signatures, keys, lists], count => Assert.InRange(count, 1000, 99_000));
    }

    [Fact]
    public void Bodies_of_noise_hash_the_same_in_any_pieces_and_as_the_rules_say()
    {
        var random = new Random(3434);
        string[] pieces = ["\r\n", "\r\n", " ", "\t", "a", "bc", "\r", "\n", ".", "\r\n\r\n", "  \r\n"];
        for (var i = 0; i < 20_000; i++)
        {
            var body = string.Concat(Enumerable.Range(0, random.Next(0, 12)).Select(_ => pieces[random.Next(pieces.Length)]));
            foreach (var isRelaxed in (bool[])[false, true])
            {
                var expected = Convert.ToHexString(SHA256.HashData(Encoding.Latin1.GetBytes(Canonical(body, isRelaxed))));
                Assert.Equal((body, expected), (body, Hash(body, isRelaxed, body.Length + 1)));
                Assert.Equal((body, expected), (body, Hash(body, isRelaxed, 1)));
                Assert.Equal((body, expected), (body, Hash(body, isRelaxed, random.Next(1, 5))));
            }
        }
    }

    [Fact]
    public async Task Messages_of_noise_never_pass()
    {
        var random = new Random(5322);
        var dns = KeyZone.Of("r1._domainkey.example.test", Key);
        const string Start = "DKIM-Signature: " + Tags + "\r\nFrom: a@example.test\r\nTo: b\r\n c\r\n\r\nbody\r\n";
        var judged = 0;
        for (var i = 0; i < 20_000; i++)
        {
            var results = await Verification.RunAsync(Verification.Bytes(Mutated(Start, random)), dns);
            judged += results.Count;
            Assert.DoesNotContain(results, result => result.IsPass);
        }
        Assert.InRange(judged, 1000, 20_000);
    }

    [Theory]
    [InlineData("alice@example.test", "alice@example.test")]
    [InlineData(" Alice <alice@example.test>", "alice@example.test")]
    [InlineData(" \"a@good.test\" <alice@example.test>", "alice@example.test")]
    [InlineData(" (a@good.test) alice@example.test (b)", "alice@example.test")]
    [InlineData(" alice@good.test <alice@example.test>", "alice@example.test")]
    [InlineData(" =?utf-8?q?a=40good.test?= <alice@example.test>", "alice@example.test")]
    [InlineData(" \"al ice\"@example.test", "al ice@example.test")]
    [InlineData(" a@x.test, B <b@y.test>", "a@x.test b@y.test")]
    [InlineData(" team: a@x.test, b@y.test;", "a@x.test b@y.test")]
    [InlineData(" undisclosed:;", "")]
    [InlineData("", "")]
    [InlineData(" alice@example.test.", "alice@example.test")]
    [InlineData(" a . b @ example . test", "a.b@example.test")]
    [InlineData(" <alice@example.test> <eve@evil.test>", null)]
    [InlineData(" <alice@example.test> eve@evil.test", null)]
    [InlineData(" alice", null)]
    [InlineData(" <>", null)]
    [InlineData(" a@b@c.test", null)]
    [InlineData(" \"alice@example.test", null)]
    [InlineData(" alice@example.test (", null)]
    [InlineData(" <alice@example.test", null)]
    [InlineData(" alice@example.test eve@evil.test", null)]
    [InlineData(" alice@exa mple.test", null)]
    [InlineData(" alice@example..test", null)]
    [InlineData(" alice@example.test\0", null)]
    [InlineData(" @example.test", null)]
    [InlineData(" <@relay.test:alice@example.test>", null)]
    public void Authors_are_read_where_nobody_could_read_them_otherwise(string value, string? expected) =>
        Assert.Equal(expected, FromField.TryRead(value, out var mailboxes) ? string.Join(' ', mailboxes.Select(mailbox => $"{mailbox.Local}@{mailbox.Domain}")) : null);

    [Fact]
    public void Authors_of_noise_never_throw()
    {
        var random = new Random(2822);
        const string Letters = "ab@.<>()\",;: \\\r\n\0é";
        for (var i = 0; i < 200_000; i++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(0, 30)).Select(_ => Letters[random.Next(Letters.Length)]));
            if (FromField.TryRead(text, out var mailboxes)) Assert.All(mailboxes, mailbox => Assert.True(mailbox.Local.Length > 0 && mailbox.Domain.Length > 0, text));
        }
    }

    private static string Hash(string body, bool isRelaxed, int cut)
    {
        using var hash = new BodyHash(isRelaxed, HashAlgorithmName.SHA256);
        var bytes = Encoding.Latin1.GetBytes(body);
        for (var at = 0; at < bytes.Length; at += cut) hash.Write(bytes.AsSpan(at, Math.Min(cut, bytes.Length - at)));
        return Convert.ToHexString(hash.Finish());
    }

    // RFC 6376 §3.4.3 and §3.4.4, in so many words.
    private static string Canonical(string body, bool isRelaxed)
    {
        var lines = body.Split("\r\n").ToList();
        if (isRelaxed) lines = lines.ConvertAll(line => Spaces().Replace(line, " ").TrimEnd(' '));
        while (lines.Count > 0 && lines[^1].Length == 0) lines.RemoveAt(lines.Count - 1);
        return lines.Count == 0 ? isRelaxed ? "" : "\r\n" : string.Join("\r\n", lines) + "\r\n";
    }

    [GeneratedRegex("[ \t]+")]
    private static partial Regex Spaces();

    private static string Mutated(string text, Random random)
    {
        const string Letters = ";:= \r\n\taA1/+@.";
        var changed = new StringBuilder(text);
        for (var count = random.Next(0, 4); count > 0; count--)
        {
            var at = random.Next(changed.Length);
            switch (random.Next(3))
            {
                case 0: changed[at] = Letters[random.Next(Letters.Length)]; break;
                case 1: changed.Remove(at, Math.Min(changed.Length - at, random.Next(1, 4))); break;
                default: changed.Insert(at, Letters[random.Next(Letters.Length)]); break;
            }
            if (changed.Length == 0) break;
        }
        return changed.ToString();
    }
}
