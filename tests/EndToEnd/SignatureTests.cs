using System.Text;
using MimeKit;
using MimeKit.Cryptography;
using Org.BouncyCastle.Crypto;
using PolicyMTA.EndToEnd.AddressTests;
using PolicyMTA.EndToEnd.Peers;

namespace PolicyMTA.EndToEnd;

/// <summary>What is signed here verifies in OpenDKIM, rspamd and MimeKit; what OpenDKIM and rspamd sign verifies here.</summary>
public sealed class SignatureTests : IAsyncLifetime
{
    private static readonly (string Name, string Content)[] Messages =
    [
        ("plain", "Subject: hello\r\nTo: ann@elsewhere.test\r\n\r\nHello  Ann, \r\n\r\n.dot\r\n..dots\r\n"),
        ("folded", "Subject: a\r\n\tfolded   subject \r\n with spaces\r\nTo: ann@elsewhere.test,\r\n  bob@elsewhere.test\r\nX-Empty:\r\n\r\nbody\t \r\n"),
        ("empty", "Subject: nothing\r\n\r\n"),
        ("blank", "Subject: blank\r\n\r\n\r\n\r\n \r\n\r\n"),
        ("trailing", "Subject: trailing\r\n\r\ntext\r\n\r\n\r\n\r\n"),
        ("eight bits", "Subject: eight\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\ngr\u00c3\u00bcn  und  blau\r\n"),
        ("multipart", "Subject: parts\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed;\r\n boundary=\"b\"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\none\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>two</p>\r\n--b--\r\n"),
        ("twice", "Comments: one\r\nComments: two\r\nSubject: twice\r\nCc: x@elsewhere.test\r\n\r\nbody\r\n"),
    ];

    private readonly RecordingHop _hop = new();
    private RunningServer _signer = null!;
    private Nameserver _nameserver = null!;
    private string _records = "";

    public async ValueTask InitializeAsync()
    {
        _signer = await RunningServer.StartAsync();
        foreach (var (selector, kind) in new[] { ("r", "--bits"), ("e", "--ed25519") })
        {
            var made = await _signer.PolicymtaAsync(["dkim", "keygen", "example.test", selector, kind, .. (kind == "--bits" ? ["2048"] : Array.Empty<string>())]);
            Assert.True(made.ExitCode == 0, made.Errors);
            _records += made.Lines.Single(line => line.Contains(" IN TXT ", StringComparison.Ordinal)) + "\n";
        }
        _nameserver = await Nameserver.StartAsync(_records);
        var file = Path.Combine(_signer.Root, "policymta.toml");
        await File.WriteAllTextAsync(Path.Combine(_signer.Root, "dkim", "keys"), "r example.test:r:dkim/r.private\ne example.test:e:dkim/e.private\n");
        await File.WriteAllTextAsync(Path.Combine(_signer.Root, "dkim", "signing"), "*@example.test r\n*@example.test e\n");
        await File.WriteAllTextAsync(file, (await File.ReadAllTextAsync(file)).Replace("\n[postfixadmin]", $$"""

            smtpd_milters = ["dkim"]
            relayhost = "[127.0.0.1]:{{_hop.Port}}"
            virtual_alias_maps = ["inline:{ forward@example.test=ann@elsewhere.test }"]

            [plugins."PolicyMTA.Filters.Dkim"]
            canonicalization = "relaxed/simple"
            signing_table = "refile:dkim/signing"
            key_table = "dkim/keys"
            multiple_signatures = true

            [postfixadmin]
            """, StringComparison.Ordinal));
    }

    public async ValueTask DisposeAsync()
    {
        if (_nameserver is not null) await _nameserver.DisposeAsync();
        if (_signer is not null) await _signer.DisposeAsync();
        await _hop.DisposeAsync();
    }

    [Fact]
    public async Task What_is_signed_here_verifies_elsewhere()
    {
        await using var rspamd = await Rspamd.StartAsync("example.test", "r", Path.Combine(_signer.Root, "dkim", "r.private"), _nameserver);
        var inForce = "relaxed/simple";
        foreach (var form in new[] { "relaxed/relaxed", "simple/simple", "simple/relaxed", "relaxed/simple" })
        {
            await _signer.ReconfigureAsync($"canonicalization = \"{inForce}\"", $"canonicalization = \"{form}\"");
            inForce = form;
            foreach (var (name, content) in Messages) await VerifyElsewhereAsync($"{form} {name}", content, rspamd);
        }
    }

    [Fact]
    public async Task What_others_sign_verifies_here()
    {
        await using var verifier = await RunningServer.StartAsync(_nameserver.WrapProgram());
        foreach (var stage in new[] { "client", "helo", "sender", "recipient" }) await File.WriteAllTextAsync(Path.Combine(verifier.Root, "policies", $"{stage}.js"), "export default [];\n");
        await verifier.ReconfigureAsync("\n[postfixadmin]", "\nsmtpd_milters = [\"dkim\"]\n\n[postfixadmin]");
        await verifier.ReconfigureAsync("mynetworks = [\"127.0.0.0/8\", \"[::1]/128\"]", "mynetworks = [\"192.0.2.0/24\"]");
        var keys = Path.Combine(_signer.Root, "dkim");
        await using var rspamd = await Rspamd.StartAsync("example.test", "r", Path.Combine(keys, "r.private"), _nameserver);
        var (openDkim, port) = await OpenDkim.StartSignerAsync("example.test", "r", Path.Combine(keys, "r.private"));
        await using var signing = openDkim;
        await using var postfix = await PostfixInstance.StartAsync(verifier.Smtp, "x", "x", $"smtp_tls_security_level = none\nsmtp_sasl_auth_enable = no\nsmtpd_milters = inet:127.0.0.1:{port}\nmilter_default_action = tempfail");
        await postfix.UntilItAnswersAsync();
        foreach (var (name, content) in Messages)
        {
            await SendAsync(verifier.Smtp, "alice@example.test", await rspamd.SignAsync(Whole($"rspamd {name}", content)));
            Assert.Contains("dkim=pass", Results(await verifier.MailWithAsync("alice", $"X-Name: rspamd {name}\n")), StringComparison.Ordinal);
            await SendAsync(postfix.Port, "alice@example.test", Whole($"opendkim {name}", content));
            Assert.Contains("dkim=pass", Results(await verifier.MailWithAsync("alice", $"X-Name: opendkim {name}\n")), StringComparison.Ordinal);
        }
        await SendAsync(verifier.Smtp, "alice@example.test", (await rspamd.SignAsync(Whole("changed", Messages[0].Content))).Replace("Hello", "Hallo", StringComparison.Ordinal));
        Assert.Contains("dkim=fail", Results(await verifier.MailWithAsync("alice", "X-Name: changed\n")), StringComparison.Ordinal);
    }

    private async Task VerifyElsewhereAsync(string name, string content, Rspamd rspamd)
    {
        await SendAsync(_signer.Smtp, "forward@example.test", Whole(name, content));
        var signed = await ArrivedAsync(name);
        Assert.Equal(2, signed.Split("DKIM-Signature: ").Length - 1);
        Assert.Equal((name, ""), (name, await OpenDkim.FindProblemAsync(signed, _nameserver)));
        Assert.Equal([$"{name} R_DKIM_ALLOW example.test:s=e", $"{name} R_DKIM_ALLOW example.test:s=r"], (await rspamd.VerifyAsync(signed)).Order(StringComparer.Ordinal).Select(symbol => $"{name} {symbol}"));
        await VerifyWithMimeKitAsync(signed);
        // Each of them notices a change.
        var changed = signed.Replace("Subject: ", "Subject: not ", StringComparison.Ordinal);
        Assert.NotEqual("", await OpenDkim.FindProblemAsync(changed, _nameserver));
        Assert.DoesNotContain(await rspamd.VerifyAsync(changed), symbol => symbol.StartsWith("R_DKIM_ALLOW", StringComparison.Ordinal));
    }

    private static string Whole(string name, string content) => $"X-Name: {name}\r\nFrom: Alice <alice@example.test>\r\nDate: Mon, 23 Nov 2026 12:00:00 +0000\r\nMessage-ID: <{name.Replace(' ', '-').Replace('/', '-')}@example.test>\r\n{content}";

    private static string Results(string mail) => mail.Split("Authentication-Results: ").ElementAtOrDefault(1)?.Split("\nX-Name")[0] ?? "no field";

    private static async Task SendAsync(int port, string recipient, string message)
    {
        await using var connection = await SmtpConnection.OpenAsync(port);
        await connection.ExpectAsync("EHLO client.far.test", "250");
        await connection.ExpectAsync("MAIL FROM:<joe@far.test> BODY=8BITMIME", "250");
        await connection.ExpectAsync($"RCPT TO:<{recipient}>", "250");
        await connection.ExpectAsync("DATA", "354");
        Assert.StartsWith("250", await connection.AskAsync(message.Replace("\r\n.", "\r\n..", StringComparison.Ordinal) + "."), StringComparison.Ordinal);
    }

    private async Task<string> ArrivedAsync(string name)
    {
        for (var patience = 600; ; patience--)
        {
            if (_hop.Arrivals.FirstOrDefault(arrival => arrival.Content.Contains($"X-Name: {name}\n", StringComparison.Ordinal)) is { } arrival) return arrival.Content.Replace("\n", "\r\n", StringComparison.Ordinal);
            Assert.True(patience > 0, $"{name} did not arrive");
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }
    }

    private async Task VerifyWithMimeKitAsync(string signed)
    {
        using var stream = new MemoryStream(Encoding.Latin1.GetBytes(signed));
        var message = await MimeMessage.LoadAsync(stream);
        var verifier = new DkimVerifier(new Records(_records));
        foreach (var field in message.Headers.Where(header => header.Id == HeaderId.DkimSignature)) Assert.True(await verifier.VerifyAsync(message, field), field.Value);
    }

    /// <summary>The keys' records, as they were printed.</summary>
    private sealed class Records(string zone) : DkimPublicKeyLocatorBase
    {
        public override AsymmetricKeyParameter LocatePublicKey(string methods, string domain, string selector, CancellationToken cancellationToken = default)
        {
            var line = zone.Split('\n').Single(line => line.StartsWith($"{selector}._domainkey.{domain}. ", StringComparison.Ordinal));
            return GetPublicKey(string.Concat(line.Split('"').Where((_, i) => i % 2 == 1)));
        }

        public override Task<AsymmetricKeyParameter> LocatePublicKeyAsync(string methods, string domain, string selector, CancellationToken cancellationToken = default) => Task.FromResult(LocatePublicKey(methods, domain, selector, cancellationToken));
    }
}
