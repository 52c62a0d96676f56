using System.Runtime.CompilerServices;
using CsCheck;
using PolicyMTA.EndToEnd.Peers;
using PolicyMTA.Import.Lint;
using PolicyMTA.Import.Tests.Translation;

namespace PolicyMTA.Import.Tests.Lint;

public sealed class LintTests
{
    private const string Smtp = "smtp inet n - n - - smtpd\n";
    private const string Good = "compatibility_level = 3.6\nsmtp_tls_security_level = may\n";

    // A configuration with the mistake, and the same without it: what is between <> stands in the first, what is between [] in the second.
    [Theory]
    [InlineData("garbled", "<this is no parameter>[# nor is this]", Smtp)]
    [InlineData("garbled", "smtpd_milters = unix:/a.sock< *>", Smtp)]
    [InlineData("twice", "myhostname = a.example\n<myhostname = b.example>", Smtp)]
    [InlineData("trailing-text", "mydomain = example.org< comment>", Smtp)]
    [InlineData("trailing-text", "relay_domains = a.example< # ours>", Smtp)]
    [InlineData("trailing-text", "message_size_limit = 10000000< <- large>", Smtp)]
    [InlineData("value", "soft_bounce = n<ever>[o]", Smtp)]
    [InlineData("value", "message_size_limit = 1000000<0M>", Smtp)]
    [InlineData("value", "minimal_backoff_time = 5<min>[m]", Smtp)]
    [InlineData("expansion", "myhostname = ${mydomain<>[}]", Smtp)]
    [InlineData("unknown", "myhostnam<>[e] = a.example", Smtp)]
    [InlineData("unknown", "smtpd_client_restrictions = <permit_my_networks>[permit_mynetworks]", Smtp)]
    [InlineData("deprecated", "<smtpd_use_tls = yes>[smtpd_tls_security_level = none]", Smtp)]
    [InlineData("deprecated", "smtpd_client_restrictions = reject_unknown_client<>[_hostname]", Smtp)]
    [InlineData("unreachable", "smtpd_client_restrictions = permit<, reject_unknown_client_hostname>", Smtp)]
    [InlineData("refuses-all", "smtpd_client_restrictions = permit_sasl_authenticated<, reject>", Smtp)]
    [InlineData("refuses-all", "smtpd_client_restrictions = <>[permit_mynetworks, ]permit_sasl_authenticated, reject", Smtp)]
    [InlineData("open-relay", "smtpd_relay_restrictions = permit_mynetworks[, reject_unauth_destination]", Smtp)]
    [InlineData("open-relay", "smtpd_relay_restrictions =\nsmtpd_recipient_restrictions = permit_mynetworks, <permit, >reject_unauth_destination", Smtp)]
    [InlineData("open-relay", "mynetworks = 127.0.0.0/8<, 0.0.0.0/0>", Smtp)]
    [InlineData("relay-by-table", "smtpd_relay_restrictions = [reject_unauth_destination]\nsmtpd_recipient_restrictions = check_sender_access hash:/x, reject_unauth_destination", Smtp)]
    [InlineData("no-effect", "mynetworks = 127.0.0.0/8\n<mynetworks_style = host>", Smtp)]
    [InlineData("no-effect", "smtpd_tls_security_level = may\nsmtpd_tls_cert_file = /x\nsmtpd_tls_<mandatory_>protocols = >=TLSv1.2", Smtp)]
    [InlineData("no-effect", "smtpd_tls_mandatory_protocols = >=TLSv1.2", "submission inet n - n - - smtpd[ -o smtpd_tls_security_level=encrypt -o smtpd_client_restrictions=reject]\n")]
    [InlineData("auth-on-25", "<smtpd_sasl_auth_enable = yes>\nsmtpd_tls_auth_only = yes\nsmtpd_tls_security_level = may\nsmtpd_tls_cert_file = /x", Smtp)]
    [InlineData("auth-without-tls", "smtpd_tls_security_level = may\nsmtpd_tls_cert_file = /x\n[smtpd_tls_auth_only = yes]", "2525 inet n - n - - smtpd -o smtpd_sasl_auth_enable=yes\n")]
    [InlineData("auth-without-tls", "smtpd_tls_cert_file = /x", "2525 inet n - n - - smtpd -o smtpd_sasl_auth_enable=yes[ -o smtpd_tls_security_level=encrypt]\n")]
    [InlineData("no-effect", "smtpd_tls_auth_only = yes\nsmtpd_tls_cert_file = /x\n[smtpd_tls_security_level = may]", "2525 inet n - n - - smtpd -o smtpd_sasl_auth_enable=yes\n")]
    [InlineData("redundant", "smtpd_tls_auth_only = yes\nsmtpd_sasl_security_options = noanonymous<, noplaintext>", Smtp)]
    [InlineData("no-certificate", "smtpd_tls_security_level = may\n[smtpd_tls_cert_file = /x]", Smtp)]
    [InlineData("port", "", "smtps inet n - n - - smtpd[ -o smtpd_tls_wrappermode=yes] -o smtpd_client_restrictions=reject\n")]
    [InlineData("port", "", "smtp inet n - n - - smtpd< -o smtpd_tls_wrappermode=yes>\n")]
    [InlineData("port", "", "# Port <587>[25]\nsmtp inet n - n - - smtpd\n")]
    [InlineData("sizes", "message_size_limit = <0>[1000]", Smtp)]
    [InlineData("sizes", "message_size_limit = 51200001\nmailbox_size_limit = 0\nvirtual_mailbox_limit = <51200000>[0]", Smtp)]
    [InlineData("tentative", "soft_bounce = <yes>[no]", Smtp)]
    [InlineData("tentative", "unknown_local_recipient_reject_code = <450>[550]", Smtp)]
    [InlineData("local-transport", "local_transport = <virtual>[local]", Smtp)]
    [InlineData("berkeley-db", "smtpd_tls_session_cache_database = <btree>[lmdb]:/x", Smtp)]
    [InlineData("fails-open", "smtpd_milters = unix:/x\nmilter_default_action = <accept>[tempfail]", Smtp)]
    [InlineData("milter-order", "smtpd_milters = <unix:/dmarc, >unix:/dkim[, unix:/dmarc]", Smtp)]
    [InlineData("authserv-id", "smtpd_milters = unix:/dkim, unix:/dmarc\n<smtpd_recipient_restrictions = check_policy_service unix:private/spf>", Smtp)]
    [InlineData("submission", "", "submission inet n - n - - smtpd -o smtpd_tls_security_level=encrypt[ -o smtpd_client_restrictions=permit_sasl_authenticated,reject]\n")]
    [InlineData("spawn", "x_time_limit = 3600", "x unix - n n - <5>[0] spawn user=x argv=/x\n")]
    [InlineData("spawn", "[x_time_limit = 3600]", "x unix - n n - 0 spawn user=x argv=/x\n")]
    [InlineData("deprecated", "", "qmgr <fifo>[unix] n - n 300 1 qmgr\n")]
    [InlineData("postlog", "", "qmgr unix n - n 300 1 qmgr\n[postlog unix-dgram n - n - 1 postlogd\n]")]
    [InlineData("plaintext-outbound", "compatibility_level = 3.1<0>[1]", Smtp)]
    public void Mistake_is_found_and_its_absence_is_not(string rule, string main, string master)
    {
        Assert.Contains(rule, Lint(Choose(main, wrong: true), Choose(master, wrong: true), rule));
        Assert.DoesNotContain(rule, Lint(Choose(main, wrong: false), Choose(master, wrong: false), rule));
    }

    [Fact]
    public void Finding_says_where_what_follows_and_what_to_do()
    {
        var finding = Assert.Single(Findings("# a comment\nmyhostnam = a.example\n" + Good, Smtp));
        Assert.Equal("main.cf:2: warning: myhostnam: Postfix has no such parameter, and nothing refers to it: it has no effect. Did you mean 'myhostname'? Correct it. [unknown]", finding.ToString());
    }

    [Fact]
    public void Queries_are_looked_at()
    {
        var rules = Findings("virtual_alias_maps = mysql:/etc/postfix/x.cf\n" + Good, Smtp, ("x.cf", "query = SELECT a FROM b WHERE c = \"%s\" AND d = '%u'\n"));
        Assert.Equal(["x.cf:1 Warning", "x.cf:1 Info"], rules.OrderBy(f => f.Severity).Select(f => $"{f.File}:{f.Line} {f.Severity}").Order(StringComparer.Ordinal).Reverse());
    }

    [Fact]
    public void Debians_default_has_nothing_to_complain_about()
    {
        var share = Path.Combine(UnpackedPeers.Require("postfix"), "usr/share/postfix");
        // What its installer makes of the two files, and the lines it adds for an internet site.
        var main = File.ReadAllText(Path.Combine(share, "main.cf.debian")) + File.ReadAllText(Path.Combine(share, "main.cf.tls"))
            + "smtpd_relay_restrictions = permit_mynetworks permit_sasl_authenticated defer_unauth_destination\nmyhostname = debian.example.org\nalias_maps = hash:/etc/aliases\nalias_database = hash:/etc/aliases\nmydestination = $myhostname, debian, localhost\n"
            + "relayhost =\nmynetworks = 127.0.0.0/8 [::ffff:127.0.0.0]/104 [::1]/128\nmailbox_size_limit = 0\nrecipient_delimiter = +\ninet_interfaces = all\ninet_protocols = all\n";
        var findings = Findings(main, File.ReadAllText(Path.Combine(share, "master.cf.dist")));
        Assert.Empty(findings.Select(f => f.ToString()));
    }

    [Fact]
    public void Samples_have_nothing_to_complain_about_but_what_is_so()
    {
        Assert.Equal(["main.cf:31 auth-on-25", "main.cf:62 authserv-id", "sql/virtual_mailbox_maps.cf:2 query"], OfSample("guide/as-meant"));
        Assert.Empty(OfSample("smarthost"));
        Assert.Empty(OfSample("backup-mx"));
        Assert.Equal(["main.cf:44 relay-by-table", "master.cf:1 postlog", "master.cf:25 spawn"], OfSample("list-host"));
    }

    // The lines of the guide that are known to be wrong, by the number they have in the list of its mistakes; 18 is what policies/import.test.js is for.
    [Theory]
    [InlineData(1, "main.cf:45 Error refuses-all")]
    [InlineData(2, "master.cf:3 Error port", "master.cf:6 Error port")]
    [InlineData(3, "master.cf:4 Warning submission", "master.cf:7 Warning submission")]
    [InlineData(4, "main.cf:28 Warning auth-on-25")]
    [InlineData(5, "main.cf:33 Info redundant")]
    [InlineData(6, "main.cf:38 Warning no-effect")]
    [InlineData(7, "main.cf:5 Error trailing-text", "main.cf:9 Error trailing-text", "main.cf:14 Error trailing-text", "main.cf:15 Error trailing-text")]
    [InlineData(8, "main.cf:55 Error garbled", "main.cf:56 Error garbled", "main.cf:55 Error twice", "main.cf:56 Error twice")]
    [InlineData(9, "master.cf:9 Warning spawn")]
    [InlineData(10, "main.cf:61 Warning fails-open")]
    [InlineData(11, "main.cf:1 Warning plaintext-outbound")]
    [InlineData(12, "main.cf:9 Error sizes")]
    [InlineData(13, "main.cf:14 Warning tentative", "main.cf:15 Warning tentative")]
    [InlineData(14, "main.cf:20 Error local-transport")]
    [InlineData(15, "main.cf:59 Info authserv-id")]
    [InlineData(16, "sql/virtual_mailbox_maps.cf:2 Info query")]
    [InlineData(17, "master.cf:10 Info deprecated", "master.cf:12 Info deprecated", "master.cf:1 Info postlog", "main.cf:39 Info berkeley-db")]
    public void Mistake_of_the_guide_is_found(int number, params string[] expected)
    {
        var found = PostfixLint.Run(Sample("guide/as-written"), Translation.Import.Catalogue).Select(f => $"{f.File}:{f.Line} {f.Severity} {f.Rule}").ToList();
        Assert.All(expected, one => Assert.True(found.Contains(one), $"{number}: {one} is not among\n{string.Join('\n', found)}"));
    }

    [Fact]
    public void Any_configuration_is_looked_at_to_its_end()
    {
        var word = Gen.OneOf(Gen.OneOf<string>([.. Parameters.PostfixParameters.Defaults.Keys]), Gen.OneOf<string>("=", " = ", "\n", "\n  ", "$", "${", "}", "{", ",", "permit", "reject", "yes", "-o", "inet", "n", "-", "smtpd", "spawn", "#", "587", "<-", "btree:", "sqlite:/etc/postfix/x.cf"), Gen.String[Gen.Char[' ', '~'], 0, 6]);
        var text = word.Array[0, 40].Select(words => string.Join(' ', words));
        Gen.Select(text, text).Sample(pair => Findings(pair.Item1, Smtp + pair.Item2, ("x.cf", pair.Item2)), iter: 3000);
    }

    private static IEnumerable<string> Lint(string main, string master, string rule) => Findings((rule == "plaintext-outbound" ? "smtpd_recipient_restrictions = reject\n" : Good) + main + "\n", master).Select(f => f.Rule);

    private static IReadOnlyList<Finding> Findings(string main, string master, params (string Name, string Text)[] files)
    {
        var folder = Directory.CreateTempSubdirectory("policymta-lint-").FullName;
        try
        {
            foreach (var (name, text) in files.Append(("main.cf", main)).Append(("master.cf", master))) File.WriteAllText(Path.Combine(folder, name), text);
            return PostfixLint.Run(folder, Translation.Import.Catalogue);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static IEnumerable<string> OfSample(string name) => PostfixLint.Run(Sample(name), Translation.Import.Catalogue).Select(f => $"{f.File}:{f.Line} {f.Rule}");

    private static string Sample(string name, [CallerFilePath] string file = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, "../../../samples/postfix", name));

    private static string Choose(string text, bool wrong)
    {
        var chosen = System.Text.RegularExpressions.Regex.Replace(text, @"<(?!-)([^<>]*(?:<-[^<>]*)?)>", wrong ? "$1" : "");
        return System.Text.RegularExpressions.Regex.Replace(chosen, @"\[([^\[\]]*)\]", wrong ? "" : "$1");
    }
}
