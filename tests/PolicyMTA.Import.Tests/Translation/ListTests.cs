using PolicyMTA.Import.Translation;

namespace PolicyMTA.Import.Tests.Translation;

public sealed class ListTests
{
    [Theory]
    [InlineData("permit_mynetworks, reject", "r.permit_mynetworks(), r.reject()")]
    [InlineData("PERMIT_MYNETWORKS\n  reject", "r.permit_mynetworks(), r.reject()")]
    [InlineData("reject_unknown_client", "r.reject_unknown_client_hostname()")]
    [InlineData("warn_if_reject reject_rbl_client zen.example=127.0.0.[2..4], permit", "warn_if_reject(r.reject_rbl_client('zen.example=127.0.0.[2..4]')), r.permit()")]
    [InlineData("sleep 3, sleep 2m", "r.sleep('3s'), r.sleep('2m')")]
    [InlineData("check_client_access hash:/etc/postfix/t", "r.check_client_access('hash:t')")]
    [InlineData("hash:/etc/postfix/t", "r.check_client_access('hash:t')")]
    [InlineData("check_client_access inline:{ { a = REJECT it's late } }", "r.check_client_access('inline:{ { a = REJECT it\\'s late } }')")]
    [InlineData("check_policy_service unix:private/p", "r.check_policy_service('unix:private/p')")]
    [InlineData("check_policy_service { inet:127.0.0.1:9, timeout=10s, { default_action = 451 4.3.5 later, please } }", "r.check_policy_service('inet:127.0.0.1:9', { timeout: '10s', default_action: '451 4.3.5 later, please' })")]
    [InlineData("careful, reject", "...careful, r.reject()")]
    [InlineData("$mine", "r.permit()")]
    public void List_becomes_rules(string value, string rules)
    {
        var imported = Import.Run($"mine = permit\nsmtpd_restriction_classes = careful\ncareful = reject_unknown_sender_domain\nsmtpd_client_restrictions = {value}\n", files: ("t", "x OK\n"));
        Assert.Equal(Outcome.Mapped, imported.About("smtpd_client_restrictions").Outcome);
        Assert.Equal(rules, Rules(imported.Text("policies/client.js")));
        Assert.Equal("r.reject_unknown_sender_domain()", Rules(imported.Text("policies/classes/careful.js")));
    }

    [Theory]
    [InlineData("reject_everything", "there is no restriction reject_everything")]
    [InlineData("check_client_access", "check_client_access wants an argument")]
    public void What_cannot_be_a_rule_is_left_out_and_told(string value, string why)
    {
        var imported = Import.Run($"smtpd_client_restrictions = {value}\n");
        var entry = imported.About("smtpd_client_restrictions");
        Assert.Equal(Outcome.Partly, entry.Outcome);
        Assert.Contains(why, entry.Text, StringComparison.Ordinal);
        Assert.Contains($"// Left out: {why}.", imported.Text("policies/client.js"), StringComparison.Ordinal);
    }

    [Fact]
    public void Relay_list_of_Postfix_holds_where_there_is_none() =>
        Assert.Equal("r.permit_mynetworks(), r.permit_sasl_authenticated(), r.defer_unauth_destination()", Rules(Import.Run("compatibility_level = 3.6\n").Text("policies/relay.js")));

    [Theory]
    [InlineData("permit_mynetworks, reject_rbl_client x, reject_unauth_destination", "r.permit_mynetworks(), r.reject_unauth_destination()")]
    [InlineData("reject_rbl_client x", "r.reject_unauth_destination()")]
    [InlineData("", "r.reject_unauth_destination()")]
    public void Recipient_list_that_guards_alone_guards_as_relay_list(string recipient, string relay) =>
        Assert.Equal(relay, Rules(Import.Run($"smtpd_relay_restrictions =\nsmtpd_recipient_restrictions = {recipient}\n").Text("policies/relay.js")));

    [Fact]
    public void Listener_has_its_own_lists()
    {
        var imported = Import.Run("strict = reject\nsmtpd_restriction_classes = c\nc = permit\n", "submission inet n - n - - smtpd\n  -o smtpd_client_restrictions=permit_sasl_authenticated,$strict -o { smtpd_sender_restrictions = c }\n");
        Assert.Equal("r.permit_sasl_authenticated(), r.reject()", Rules(imported.Text("policies/submission/client.js")));
        Assert.Contains("import c from '../classes/c.js';", imported.Text("policies/submission/sender.js"), StringComparison.Ordinal);
    }

    [Fact]
    public void Lists_of_postscreen_are_asked_by_the_listener_behind_it()
    {
        const string Main = "postscreen_dnsbl_sites = zen.example*2 bl.example=127.0.0.[2..3;9]*1 wl.example*-3 ...?\npostscreen_dnsbl_threshold = 3\npostscreen_dnsbl_action = enforce\npostscreen_access_list = permit_mynetworks\n";
        var imported = Import.Run(Main, "smtp inet n - n - 1 postscreen\nsmtpd pass - - n - - smtpd -o soft_bounce=yes\n");
        Assert.Equal("r.permit_mynetworks(), postscreenDnsbl", Rules(imported.Text("policies/smtp/client.js")));
        var module = imported.Text("policies/lib/postscreen.js");
        Assert.Contains("{ zone: 'bl.example', codes: /^127\\.0\\.0\\.(2|3|9)$/, weight: 1 }", module, StringComparison.Ordinal);
        Assert.Contains("{ zone: 'wl.example', weight: -3 }", module, StringComparison.Ordinal);
        Assert.Contains("const threshold = 3;", module, StringComparison.Ordinal);
        Assert.Equal(Outcome.Partly, imported.About("postscreen_dnsbl_sites").Outcome);
        Assert.Contains("soft_bounce = true", imported.Toml());
        Assert.DoesNotContain(Import.Run(Main.Replace("enforce", "ignore", StringComparison.Ordinal), "smtp inet n - n - 1 postscreen\n").Files, file => file.Path.EndsWith("postscreen.js", StringComparison.Ordinal));
    }

    private static string Rules(string file) => file.Contains("[];", StringComparison.Ordinal) ? "" : string.Join(", ", file.Split('\n').Where(line => line.StartsWith("  ", StringComparison.Ordinal)).Select(line => line.Trim().TrimEnd(',')));
}
