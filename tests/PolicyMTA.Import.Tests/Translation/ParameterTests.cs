using CsCheck;
using PolicyMTA.Import.Parameters;
using PolicyMTA.Import.Translation;

namespace PolicyMTA.Import.Tests.Translation;

public sealed class ParameterTests
{
    [Theory]
    [InlineData("myhostname = mx.example.org", "myhostname = \"mx.example.org\"")]
    [InlineData("soft_bounce = YES", "soft_bounce = true")]
    [InlineData("message_size_limit = 0012", "message_size_limit = 12")]
    [InlineData("mynetworks = 127.0.0.0/8\n  [::1]/128", "mynetworks = \"127.0.0.0/8, [::1]/128\"")]
    [InlineData("smtpd_banner = $myhostname ESMTP \"x\"", "smtpd_banner = \"$myhostname ESMTP \\\"x\\\"\"")]
    [InlineData("smtpd_banner = ${mail_name} on $process_name", "smtpd_banner = \"Postfix on\"")]
    [InlineData("here = mx\nmyhostname = $here.example.org", "myhostname = \"mx.example.org\"")]
    [InlineData("smtpd_use_tls = yes", "smtpd_tls_security_level = \"may\"")]
    [InlineData("smtpd_enforce_tls = yes\nsmtpd_use_tls = yes", "smtpd_tls_security_level = \"encrypt\"")]
    [InlineData("smtp_enforce_tls = yes", "smtp_tls_security_level = \"verify\"")]
    [InlineData("smtp_enforce_tls = yes\nsmtp_tls_enforce_peername = no", "smtp_tls_security_level = \"encrypt\"")]
    [InlineData("smtp_tls_security_level = dane", "smtp_tls_security_level = \"may\"")]
    [InlineData("smtp_tls_security_level = dane-only", "smtp_tls_security_level = \"encrypt\"")]
    [InlineData("allow_percent_hack = no", "percent_hack = false")]
    [InlineData("slow_destination_concurrency_limit = 2", "slow_destination_concurrency_limit = \"2\"")]
    [InlineData("smtpd_sasl_type = cyrus", "smtpd_sasl_type = \"saslauthd\"")]
    [InlineData("maillog_file = /var/log/mail", "file = \"/var/log/mail\"")]
    public void Value_is_written_as_toml(string main, string line) => Assert.Contains(line, Import.Run(main + "\n").Toml());

    [Theory]
    [InlineData("message_size_limit = 10M <- large", Outcome.Partly, "is no number")]
    [InlineData("soft_bounce = maybe", Outcome.Partly, "is neither yes nor no")]
    [InlineData("smtp_tls_security_level = strong", Outcome.Partly, "is none of none, may")]
    [InlineData("smtp_tls_security_level = dane", Outcome.Partly, "there is no dane: may is the nearest")]
    [InlineData("mynetworks = 10.0.0.0/8, hash:/etc/postfix/networks", Outcome.Partly, "only networks can stand there")]
    [InlineData("virtual_alias_maps = nis:mail.aliases", Outcome.Partly, "there are no tables of type nis")]
    [InlineData("virtual_alias_maps = hash:/etc/postfix/nowhere", Outcome.Partly, "is not there")]
    [InlineData("smtpd_banner = ${myhostname", Outcome.Partly, "not closed")]
    [InlineData("biff = no", Outcome.NotNeeded, "nobody is told")]
    [InlineData("virtual_delivery_slot_cost = 5", Outcome.NotNeeded, "row of the queue")]
    [InlineData("smtp_header_checks = regexp:/etc/postfix/out", Outcome.NotSupported, "not changed on their way out")]
    [InlineData("myhostnam = mx.example.org", Outcome.NotNeeded, "no such parameter")]
    public void What_is_not_carried_over_is_told(string main, Outcome outcome, string text)
    {
        var entry = Import.Run(main + "\n").About(main.Split(' ')[0]);
        Assert.Equal(outcome, entry.Outcome);
        Assert.Contains(text, entry.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Own_parameter_is_written_out_where_it_is_used()
    {
        var imported = Import.Run("ours = a.example, b.example\nmydestination = $ours\nnobody_uses = this\n");
        Assert.Contains("mydestination = \"a.example, b.example\"", imported.Toml());
        Assert.Equal("written out where it is used", imported.About("ours").Text);
    }

    [Fact]
    public void The_last_definition_counts_and_the_earlier_one_is_told()
    {
        var imported = Import.Run("myhostname = a.example\nmyhostname = b.example\n");
        Assert.Contains("myhostname = \"b.example\"", imported.Toml());
        Assert.Equal(["main.cf:1 NotNeeded", "main.cf:2 Mapped"], imported.Report.Where(e => e.Subject == "myhostname").Select(e => $"{e.File}:{e.Line} {e.Outcome}"));
    }

    [Fact]
    public void Files_stand_in_the_place_of_values()
    {
        var imported = Import.Run("myorigin = /etc/postfix/mailname\nmydestination = localhost, /etc/postfix/domains\nmynetworks = /etc/postfix/networks\n", files: [("mailname", "example.org\n"), ("domains", "# ours\na.example\nb.example # too\n"), ("networks", "192.0.2.0/24\n")]);
        Assert.Contains("myorigin = \"example.org\"", imported.Toml());
        Assert.Contains("mydestination = \"localhost, a.example b.example\"", imported.Toml());
        Assert.Contains("mynetworks = \"192.0.2.0/24\"", imported.Toml());
    }

    [Fact]
    public void Defaults_that_mail_would_notice_are_written_down()
    {
        var toml = Import.Run("virtual_alias_maps = static:x\n").Toml();
        Assert.Contains(toml, line => line.StartsWith("smtpd_helo_required = false", StringComparison.Ordinal));
        Assert.Contains(toml, line => line.StartsWith("syslog_name = \"postfix\"", StringComparison.Ordinal));
        Assert.Contains(toml, line => line.StartsWith("relay_domains = \"$mydestination\"", StringComparison.Ordinal));
        Assert.DoesNotContain(Import.Run("compatibility_level = 3.6\n").Toml(), line => line.StartsWith("relay_domains", StringComparison.Ordinal));
    }

    [Fact]
    public void Every_parameter_override_and_service_is_in_the_report_once()
    {
        const string Main = "biff = no\nmyhostname = x.example\nmyhostname = y.example\nbar = 1\nfoo = $bar\nsmtp_header_checks = regexp:/x\nsmtpd_restriction_classes = c\nc = reject\n";
        const string Master = "smtp inet n - n - - smtpd -o smtpd_banner=$foo -o soft_bounce=no -o soft_bounce=yes -o smtpd_delay_reject=no -o foo=2\nqmgr unix n - n 300 1 qmgr -o bar=2\nodd unix n - n - - oqmgr -o x=y\nslow unix - - n - - smtp -o smtp_helo_name=z -o biff=yes\n[::1]:99x inet n - n - - smtpd -o soft_bounce=no\nrun unix - n n - - pipe user=x argv=/bin/x\nsp unix - n n - 0 spawn user=x argv=/bin/x\nst inet - n n - 0 spawn user=x argv=/bin/x\nsmtpd pass - - n - - smtpd -o soft_bounce=no\n";
        var imported = Import.Run(Main, Master);
        Assert.Equal(8 + 9 + 11, imported.Report.Count);
        Assert.Equal(imported.Report.Count, imported.Report.Select(e => (e.File, e.Line, e.Subject, e.Text)).Distinct().Count());
    }

    [Fact]
    public void Every_fate_has_a_name_of_Postfix_or_a_pattern_that_fits_one()
    {
        var names = PostfixParameters.Defaults.Keys.ToList();
        Assert.True(names.Count > 850);
        Assert.All(EmbeddedLines.Of("parameter-fates.txt").Where(line => line[0] == ' ').SelectMany(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Where(pattern => !pattern.Contains('*', StringComparison.Ordinal) && !pattern.EndsWith("_recipient_limit", StringComparison.Ordinal)), name => Assert.Contains(name, names));
    }

    [Fact]
    public void Defaults_can_be_expanded()
    {
        var values = Import.Run(string.Join('\n', PostfixParameters.Defaults.Select(d => $"{d.Key} = {d.Value}")) + "\n");
        Assert.DoesNotContain(values.Report, e => e.Text.Contains("compares", StringComparison.Ordinal));
    }

    [Fact]
    public void Any_configuration_is_read_to_its_end()
    {
        var word = Gen.OneOf(Gen.OneOf<string>(PostfixParameters.Defaults.Keys.ToArray()), Gen.OneOf<string>("=", " = ", "\n", "\n  ", "$", "${", "}", "{", "?", ":", ",", "hash:/etc/postfix/x", "hash:/", "static:", "check_sender_access", "permit", "yes", "no", "-o", "inet", "unix", "n", "-", "smtpd", "pipe", "argv=", "#", "\"", "\\", "'", "postscreen"), Gen.String[Gen.Char[' ', '~'], 0, 6]);
        var text = word.Array[0, 40].Select(words => string.Join(' ', words));
        Gen.Select(text, text).Sample(pair =>
        {
            var imported = Import.Run(pair.Item1, "smtp inet n - n - - smtpd\n" + pair.Item2, ("x", pair.Item2));
            Assert.NotEmpty(imported.Files);
        }, iter: 3000);
    }
}
