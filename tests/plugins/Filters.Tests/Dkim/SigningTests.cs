using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using Org.BouncyCastle.Math.EC.Rfc8032;
using PolicyMTA.Filters.Dkim;
using PolicyMTA.Filters.Dkim.Signing;
using PolicyMTA.Sdk;
using PolicyMTA.Testing;

namespace PolicyMTA.Filters.Tests.Dkim;

/// <summary>What is signed here verifies here and elsewhere; the milter signs our mail and no other.</summary>
public sealed class SigningTests : IDisposable
{
    private const string Message = "From: Alice <alice@example.test>\r\nTo: bob@elsewhere.test\r\nSubject: hello\r\n there\r\nDate: Mon, 23 Nov 2026 12:00:00 +0000\r\nX-Note:  grün\r\n\r\nHello  Bob, \r\n\r\n.dot\r\n\r\n\r\n";

    private static readonly string Rsa = RSA.Create(2048).ExportPkcs8PrivateKeyPem();
    private static readonly string Ed = EdwardsPem();

    private readonly TemporaryFolder _folder = new();
    private readonly FakeTimeProvider _clock = new(DateTimeOffset.UnixEpoch.AddYears(56));
    private readonly List<string> _complaints = [];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("relaxed/simple")]
    [InlineData("relaxed/relaxed")]
    [InlineData("simple/simple")]
    [InlineData("simple/relaxed")]
    public async Task Both_kinds_of_keys_sign_in_every_form_and_verify(string form)
    {
        var message = await SignAsync(new DkimOptions(Canonicalization: form, SigningTable: "refile:signing", KeyTable: "keys", MultipleSignatures: true));
        var results = await Verification.RunAsync(message.Queued, Zone(), now: _clock.GetUtcNow());
        Assert.Equal([("pass", "rsa-sha256", "r1"), ("pass", "ed25519-sha256", "e1")], results.Select(result => (result.Word, result.Signature!.AlgorithmName, result.Signature.Selector)));
        Assert.All(Encoding.Latin1.GetString(message.Queued).Split("\r\n"), line => Assert.True(line.Length <= 80, line));
        // A second From, above or below, is one too many.
        var text = Encoding.Latin1.GetString(message.Queued);
        foreach (var forged in (string[])["From: eve@evil.test\r\n" + text, text.Replace("\r\n\r\n", "\r\nFrom: eve@evil.test\r\n\r\n", StringComparison.Ordinal)])
        {
            Assert.All(await Verification.RunAsync(Verification.Bytes(forged), Zone(), now: _clock.GetUtcNow()), result => Assert.Equal("fail", result.Word));
        }
    }

    [Theory]
    [InlineData("relaxed/simple")]
    [InlineData("simple/relaxed")]
    public async Task What_is_signed_here_verifies_in_dkimpy(string form)
    {
        const string Python = "/usr/bin/python3";
        if (!File.Exists("/usr/lib/python3/dist-packages/dkim/__init__.py"))
        {
            if (Environment.GetEnvironmentVariable("POLICYMTA_PEERS") == "required") Assert.Fail("python3-dkim is not installed");
            Assert.Skip("python3-dkim is not installed");
        }
        var message = await SignAsync(new DkimOptions(Canonicalization: form, SigningTable: "refile:signing", KeyTable: "keys", MultipleSignatures: true));
        await File.WriteAllBytesAsync(_folder.File("message"), message.Queued);
        await File.WriteAllTextAsync(_folder.File("verify.py"), $$"""
            import dkim, sys
            keys = {b"r1._domainkey.example.test.": b"{{Record("rsa", Rsa)}}", b"e1._domainkey.example.test.": b"{{Record("ed25519", Ed)}}"}
            message = dkim.DKIM(open(sys.argv[1], "rb").read())
            print(*(message.verify(idx=i, dnsfunc=lambda name, timeout=5: keys.get(name)) for i in range(2)))
            """);
        using var process = Process.Start(new ProcessStartInfo(Python, [_folder.File("verify.py"), _folder.File("message")]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        Assert.Equal("True True\n", await output + await errors);
    }

    [Theory]
    [InlineData(null, false, false)]
    [InlineData("alice", false, true)]
    [InlineData(null, true, true)]
    public async Task Our_own_mail_is_signed_and_other_mail_verified(string? login, bool isInMyNetworks, bool isSigned)
    {
        var (message, context) = (new FakeMessage(Message), new AuthenticationResults());
        await RunAsync(message, Milter(new DkimOptions { Domain = ["example.test"] } with { KeyFile = "rsa.pem", Selector = "r1" }), FakeSession.EndOfData(message, login: login, isInMyNetworks: isInMyNetworks, results: context));
        Assert.Equal((isSigned, isSigned ? 1 : 0), (message.FindHeader("DKIM-Signature") is not null, message.BodyReads));
        Assert.Equal(isSigned ? [] : ["none"], context.Items.Select(result => result.Result));
    }

    [Fact]
    public async Task Result_of_a_signature_names_signer_and_key()
    {
        var signed = await SignAsync(new DkimOptions(SigningTable: "refile:signing", KeyTable: "keys"));
        var (received, results) = (new FakeMessage(Encoding.Latin1.GetString(signed.Queued)), new AuthenticationResults());
        await RunAsync(received, Milter(new DkimOptions(), Zone()), FakeSession.EndOfData(received, results: results));
        var result = Assert.Single(results.Items);
        Assert.Equal(("dkim", "pass", null), (result.Method, result.Result, result.Reason));
        Assert.Equal(["header.d=example.test", "header.i=@example.test", "header.a=rsa-sha256", "header.s=r1"], result.Properties.Take(4).Select(property => $"{property.Key}={property.Value}"));
        Assert.Equal(8, result.Properties[4].Value.Length);
    }

    [Theory]
    [InlineData("From: eve@evil.test\r\n")]
    [InlineData("From: alice@example.test, eve@evil.test\r\n")]
    [InlineData("From: alice@example.test\r\nFrom: alice@example.test\r\n")]
    [InlineData("Subject: nobody\r\n")]
    [InlineData("From: alice@sub.example.test\r\n")]
    public async Task Mail_of_others_several_or_nobody_is_not_signed(string header)
    {
        var message = new FakeMessage(header + "\r\nx\r\n");
        await RunAsync(message, Milter(new DkimOptions(KeyFile: "rsa.pem") { Domain = ["example.test"] }), FakeSession.EndOfData(message, login: "alice"));
        Assert.Null(message.FindHeader("DKIM-Signature"));
    }

    [Theory]
    [InlineData("file:table", "alice@example.test r1", "alice@example.test", "r1")]
    [InlineData("file:table", "example.test e1\nalice@example.test r1", "alice@example.test", "r1")]
    [InlineData("file:table", ".test e1", "alice@example.test", "e1")]
    [InlineData("file:table", "alice@* e1", "alice@example.test", "e1")]
    [InlineData("table", "* r1", "alice@example.test", "r1")]
    [InlineData("file:table", "bob@example.test r1", "alice@example.test", null)]
    [InlineData("refile:table", "*@elsewhere.test e1\n*@*.test r1", "alice@example.test", "r1")]
    [InlineData("refile:table", "# nothing\n\n*@example.test e1:%", "alice@example.test", "e1")]
    [InlineData("refile:table", "al?ce@example.test e1", "alice@example.test", null)]
    public async Task Tables_say_who_signs(string table, string lines, string author, string? selector)
    {
        await File.WriteAllTextAsync(_folder.File("table"), lines + "\n");
        var message = new FakeMessage($"From: {author}\r\n\r\nx\r\n");
        await RunAsync(message, Milter(new DkimOptions(SigningTable: table, KeyTable: "keys")), FakeSession.EndOfData(message, login: "alice"));
        Assert.Equal(selector, message.FindHeader("DKIM-Signature") is { } field && DkimSignature.TryParse(RawField.Of(field.Name, field.Value), out var signature, out _) ? signature.Selector : null);
    }

    [Fact]
    public async Task Key_that_changes_signs_a_second_later_and_one_that_is_gone_goes_on()
    {
        File.WriteAllText(_folder.File("own.pem"), Rsa);
        var milter = Milter(new DkimOptions(KeyFile: "own.pem") { Domain = ["example.test"] });
        Assert.Equal("rsa-sha256", await AlgorithmAsync());
        File.WriteAllText(_folder.File("own.pem"), Ed);
        Assert.Equal("rsa-sha256", await AlgorithmAsync());
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("ed25519-sha256", await AlgorithmAsync());
        File.Delete(_folder.File("own.pem"));
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("ed25519-sha256", await AlgorithmAsync());
        Assert.Single(_complaints);

        async Task<string> AlgorithmAsync()
        {
            var message = new FakeMessage(Message);
            await RunAsync(message, milter, FakeSession.EndOfData(message, login: "alice"));
            var field = message.FindHeader("DKIM-Signature")!;
            Assert.True(DkimSignature.TryParse(RawField.Of(field.Name, field.Value), out var signature, out _));
            return signature.AlgorithmName;
        }
    }

    [Fact]
    public async Task Key_that_is_named_and_missing_lets_nothing_go_out_unsigned()
    {
        await File.WriteAllTextAsync(_folder.File("table"), "* lost\n");
        var milter = Milter(new DkimOptions(SigningTable: "table", KeyTable: "keys"));
        var message = new FakeMessage(Message);
        await Assert.ThrowsAsync<ConfigurationException>(() => RunAsync(message, milter, FakeSession.EndOfData(message, login: "alice")));
        Assert.Throws<ConfigurationException>(() => Milter(new DkimOptions(KeyFile: "nowhere.pem") { Domain = ["example.test"] }));
        using var small = RSA.Create(1024);
        await File.WriteAllTextAsync(_folder.File("small.pem"), small.ExportPkcs8PrivateKeyPem());
        Assert.Throws<ConfigurationException>(() => Milter(new DkimOptions(KeyFile: "small.pem", MinimumKeyBits: 2048) { Domain = ["example.test"] }));
        await File.WriteAllTextAsync(_folder.File("noise.pem"), "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
        Assert.Throws<ConfigurationException>(() => Milter(new DkimOptions(KeyFile: "noise.pem") { Domain = ["example.test"] }));
    }

    [Theory]
    [InlineData(300, "pass")]
    [InlineData(301, "fail")]
    public async Task Signature_ends_and_clocks_may_differ(int seconds, string word)
    {
        var message = await SignAsync(new DkimOptions(KeyFile: "rsa.pem", Selector: "r1", SignatureTtl: 60) { Domain = ["example.test"] });
        Assert.Equal([word], (await Verification.RunAsync(message.Queued, Zone(), now: _clock.GetUtcNow().AddSeconds(60 + seconds))).Select(result => result.Word));
        Assert.Equal([word], (await Verification.RunAsync(message.Queued, Zone(), now: _clock.GetUtcNow().AddSeconds(-seconds))).Select(result => result.Word));
    }

    [Theory]
    [InlineData("x", "mode")]
    [InlineData("sv", "canonicalization")]
    public void Options_that_mean_nothing_are_refused(string mode, string named)
    {
        var options = named == "mode" ? new DkimOptions(Mode: mode) : new DkimOptions(mode, Canonicalization: "relaxed/lax");
        Assert.StartsWith(named, Assert.Single(options.Mistakes()), StringComparison.Ordinal);
        Assert.Single(new DkimOptions(SigningTable: "x").Mistakes());
        Assert.Single(new DkimOptions(KeyFile: "x").Mistakes());
        Assert.Single(new DkimOptions(MinimumKeyBits: 1023).Mistakes());
        Assert.Empty(new DkimOptions(MinimumKeyBits: 1024).Mistakes());
        Assert.Single(new DkimOptions(MaximumSignatures: 0).Mistakes());
        Assert.Single(new DkimOptions(BodyLengths: "no").Mistakes());
    }

    private async Task<FakeMessage> SignAsync(DkimOptions options)
    {
        var message = new FakeMessage(Message);
        await RunAsync(message, Milter(options), FakeSession.EndOfData(message, login: "alice"));
        return message;
    }

    private static async Task RunAsync(FakeMessage message, DkimMilter milter, EndOfDataContext context)
    {
        Assert.Same(message, context.Message);
        await using var session = (await milter.StartAsync(context, CancellationToken.None))!;
        await session.EndOfMessageAsync(context, null!, CancellationToken.None);
        await session.SignAsync(context, CancellationToken.None);
    }

    private DkimMilter Milter(DkimOptions options, IDnsResolver? dns = null)
    {
        Assert.Empty(options.Mistakes());
        File.WriteAllText(_folder.File("rsa.pem"), Rsa);
        File.WriteAllText(_folder.File("ed.pem"), Ed);
        File.WriteAllText(_folder.File("keys"), "r1 example.test:r1:rsa.pem\ne1 %:e1:ed.pem\n");
        File.WriteAllText(_folder.File("signing"), "*@example.test r1\n*@example.test e1\n");
        var keys = options.Signs ? new SigningKeys(options, _folder.File, _clock, _complaints.Add) : null;
        return new DkimMilter("dkim", options, keys, dns ?? new KeyZone(new Dictionary<string, string[]?>()), _clock);
    }

    private static KeyZone Zone() => new(new Dictionary<string, string[]?> { ["r1._domainkey.example.test"] = [Record("rsa", Rsa)], ["e1._domainkey.example.test"] = [Record("ed25519", Ed)] });

    private static string Record(string kind, string pem)
    {
        using var key = SigningKey.Parse(pem);
        return $"v=DKIM1; k={kind}; p={key.PublicKey()}";
    }

    private static string EdwardsPem()
    {
        var seed = RandomNumberGenerator.GetBytes(Ed25519.SecretKeySize);
        // The fixed head of such a key (RFC 8410 §7).
        return PemEncoding.WriteString("PRIVATE KEY", [.. Convert.FromHexString("302e020100300506032b657004220420"), .. seed]);
    }
}
