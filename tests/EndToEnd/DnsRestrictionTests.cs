using PolicyMTA.EndToEnd.Peers;

namespace PolicyMTA.EndToEnd;

/// <summary>Restrictions that ask DNS, beside a real Postfix: the same nameserver, the same sessions, the same replies.</summary>
public sealed class DnsRestrictionTests : IAsyncLifetime
{
    private const string Records = """
        10.2.0.192.zen.test. A 127.0.0.4
        10.2.0.192.zen.test. TXT "first reason"
        1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.zen.test. A 127.0.0.2
        10.2.0.192.own.test. A 127.0.0.2
        11.2.0.192.wl.test. A 127.0.0.2
        listed.test.names.test. A 127.0.0.2
        listed.test.names.test. TXT "a name of theirs"
        x8.test.names.test. A 127.0.0.2
        shop.test. MX 10 mx1.farm.test.
        shop.test. MX 20 mx2.farm.test.
        shop.test. NS ns.farm.test.
        shop.test. A 192.0.2.7
        mx1.farm.test. A 198.51.100.1
        mx2.farm.test. AAAA 2001:db8:2::1
        ns.farm.test. A 198.51.100.53
        www.shop.test. A 192.0.2.8
        bare.test. A 203.0.113.9
        listed.test. MX 10 listed.test.
        listed.test. A 192.0.2.9
        null.test. MX 0 .
        text.test. TXT "no address"
        x18.test. MX 10 mx1.farm.test.
        x18.test. MX 20 here.test.
        here.test. A 127.0.0.1
        x31.test. A 192.0.2.7
        x32.test. MX 10 mx1.farm.test.
        x33.test. NS ns.farm.test.
        """;

    private const string Table = "inline:{ {192.0.2.7 = 550 5.7.8 their address} {2001:db8:2 = reject their network} {farm.test = 554 5.7.9 their servers} {203.0.113.9 = OK} {ns.farm.test = defer their nameserver} {198.51.100.53 = dunno} }";
    private const string Reply = "$rbl_code 5.7.3 $rbl_class <$rbl_what> $rbl_domain${rbl_reason?: $rbl_reason} from $client as $helo_name, $sender_domain to $recipient_name";

    private static readonly string[] Restrictions =
    [
        "reject_rbl_client zen.test", "reject_rbl_client zen.test=127.0.0.[2;5..9]", "reject_rbl_client broken.test", "reject_rbl_client own.test", "reject_rhsbl_client names.test",
        "reject_rhsbl_reverse_client names.test", "reject_rhsbl_helo names.test", "reject_rhsbl_sender names.test", "reject_rhsbl_recipient names.test", "permit_dnswl_client wl.test, reject",
        "permit_dnswl_client wl.test, reject", "permit_rhswl_client names.test, reject", "permit_dnswl_client broken.test, reject", "warn_if_reject reject_rbl_client zen.test, reject_rhsbl_helo names.test",
        "reject_unknown_helo_hostname", "reject_unknown_sender_domain", "reject_unknown_recipient_domain", "reject_unknown_reverse_client_hostname", "permit_mx_backup, reject",
        .. from subject in (string[])["client", "reverse_client_hostname", "helo", "sender", "recipient"] from kind in (string[])["a", "mx", "ns"] select $"check_{subject}_{kind}_access TABLE",
    ];

    private static readonly (string Address, string Name, string Reverse, string Helo, string Sender)[] Sessions =
    [
        ("192.0.2.10", "shop.test", "shop.test", "shop.test", "joe@shop.test"),
        ("192.0.2.11", "[UNAVAILABLE]", "listed.test", "listed.test", "joe@listed.test"),
        ("192.0.2.12", "listed.test", "listed.test", "[198.51.100.53]", ""),
        ("IPv6:2001:db8::1", "www.shop.test", "www.shop.test", "www.shop.test", "joe@www.shop.test"),
        ("192.0.2.13", "bare.test", "bare.test", "bare.test", "joe@bare.test"),
        ("192.0.2.14", "[UNAVAILABLE]", "[UNAVAILABLE]", "broken.test", "joe@broken.test"),
        ("192.0.2.15", "nowhere.test", "nowhere.test", "nowhere.test", "joe@nowhere.test"),
        ("192.0.2.16", "deep.www.shop.test", "deep.www.shop.test", "192.0.2.7", "joe@[192.0.2.7]"),
        ("192.0.2.17", "null.test", "null.test", "null.test", "joe@null.test"),
        ("192.0.2.18", "mx2.farm.test", "mx2.farm.test", "text.test", "joe@text.test"),
    ];

    private Nameserver _nameserver = null!;
    private RunningServer _server = null!;
    private PostfixInstance _postfix = null!;

    public async ValueTask InitializeAsync()
    {
        UnpackedPeers.Require("postfix");
        _nameserver = await Nameserver.StartAsync(Records, "broken.test");
        _server = await RunningServer.StartAsync(_nameserver.WrapProgram());
        var classes = Enumerable.Range(0, Restrictions.Length).ToList();
        // The restrictions are chosen by the recipient's domain.
        _postfix = await PostfixInstance.StartAsync(1, "x", "x", $$"""
            mydestination = localhost.localdomain, x9.test, x11.test, x12.test
            mynetworks = 127.0.0.9
            inet_protocols = all
            append_dot_mydomain = no
            strict_rfc821_envelopes = yes
            smtpd_authorized_xclient_hosts = 127.0.0.1
            smtpd_reject_unlisted_recipient = no
            smtpd_relay_restrictions = permit
            default_rbl_reply = {{Reply}}
            rbl_reply_maps = inline:{ { own.test = 521 go away $$rbl_what } }
            smtpd_restriction_classes = {{string.Join(' ', classes.Select(i => $"class{i}"))}}
            {{string.Join('\n', classes.Select(i => $"class{i} = {Restrictions[i].Replace("TABLE", Table, StringComparison.Ordinal)}, permit"))}}
            smtpd_recipient_restrictions = check_recipient_access inline:{ {{string.Join(' ', classes.Select(i => $"{{ x{i}.test = class{i} }}"))}} }, reject
            """, _nameserver);
        await PrepareAsync();
        await _postfix.UntilItAnswersAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_postfix is not null) await _postfix.DisposeAsync();
        if (_server is not null) await _server.DisposeAsync();
        if (_nameserver is not null) await _nameserver.DisposeAsync();
    }

    [Fact]
    public async Task Replies_are_those_of_Postfix()
    {
        var refused = 0;
        for (var i = 0; i < Restrictions.Length; i++)
        {
            await File.WriteAllTextAsync(Path.Combine(_server.Root, "policies", "recipient.js"), $"import {{ warn_if_reject, restrictions as r }} from 'policymta';\nexport default [{Script(Restrictions[i])}];\n");
            var reload = await _server.PolicymtaAsync("reload");
            Assert.True(reload.ExitCode == 0, reload.Output + reload.Errors);
            var ours = await AskAsync(_server.Smtp, $"joe@x{i}.test");
            Assert.Equal([Restrictions[i], .. await AskAsync(_postfix.Port, $"joe@x{i}.test")], [Restrictions[i], .. ours]);
            refused += ours.Count(reply => !reply.EndsWith(" 250", StringComparison.Ordinal));
        }
        // Else nothing was compared.
        Assert.InRange(refused, 100, Restrictions.Length * Sessions.Length - 100);
    }

    /// <summary>For each session what RCPT is answered; of what is taken the code alone.</summary>
    private static async Task<List<string>> AskAsync(int port, string recipient)
    {
        var replies = new List<string>();
        foreach (var (address, name, reverse, helo, sender) in Sessions)
        {
            await using var connection = await SmtpConnection.OpenAsync(port);
            await connection.ExpectAsync("EHLO trusted.test", "250");
            await connection.ExpectAsync($"XCLIENT NAME={name} REVERSE_NAME={reverse} ADDR={address}", "220");
            await connection.ExpectAsync($"EHLO {helo}", "250");
            await connection.ExpectAsync($"MAIL FROM:<{sender}>", "250");
            var reply = await connection.AskAsync($"RCPT TO:<{recipient}>");
            replies.Add($"{address} {helo} <{sender}> {(reply.StartsWith("250", StringComparison.Ordinal) ? "250" : reply)}");
        }
        return replies;
    }

    /// <summary>A list of Postfix's as ours.</summary>
    private static string Script(string list)
    {
        var rules = list.Split(", ").Select(rule =>
        {
            var words = rule.Replace("warn_if_reject ", "", StringComparison.Ordinal).Split(' ');
            var argument = words.Length > 1 ? $"'{words[1].Replace("TABLE", Table, StringComparison.Ordinal)}'" : "";
            var call = $"r.{words[0]}({argument})";
            return rule.StartsWith("warn_if_reject ", StringComparison.Ordinal) ? $"warn_if_reject({call})" : call;
        });
        return string.Join(", ", rules);
    }

    private async Task PrepareAsync()
    {
        var policies = Path.Combine(_server.Root, "policies");
        foreach (var list in new[] { "client", "helo", "sender" }) await File.WriteAllTextAsync(Path.Combine(policies, list + ".js"), "export default [];\n");
        await File.WriteAllTextAsync(Path.Combine(policies, "relay.js"), "import { permit } from 'policymta';\nexport default [() => permit.relay('test')];\n");
        var file = Path.Combine(_server.Root, "policymta.toml");
        var text = (await File.ReadAllTextAsync(file))
            .Replace("""mynetworks = ["127.0.0.0/8", "[::1]/128"]""", """mynetworks = ["127.0.0.9"]""", StringComparison.Ordinal)
            .Replace("""mydestination = ["localhost.localdomain"]""", """mydestination = ["localhost.localdomain", "x9.test", "x11.test", "x12.test"]""", StringComparison.Ordinal)
            .Replace("smtpd_reject_unlisted_sender = true", $$"""
                smtpd_reject_unlisted_sender = false
                smtpd_reject_unlisted_recipient = false
                smtpd_authorized_xclient_hosts = ["127.0.0.1"]
                default_rbl_reply = "{{Reply}}"
                rbl_reply_maps = "inline:{ { own.test = 521 go away $$rbl_what } }"
                """, StringComparison.Ordinal);
        await File.WriteAllTextAsync(file, text);
    }
}
