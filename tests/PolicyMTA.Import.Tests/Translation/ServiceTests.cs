using PolicyMTA.Import.Translation;

namespace PolicyMTA.Import.Tests.Translation;

public sealed class ServiceTests
{
    [Theory]
    [InlineData("smtp inet n - n - - smtpd", "[listeners.smtp]", "address = \":25\"", "tls = \"none\"")]
    [InlineData("2525 inet n - n - - smtpd", "[listeners.port-2525]", "address = \":2525\"", "tls = \"none\"")]
    [InlineData("127.0.0.1:10025 inet n - n - - smtpd", "[listeners.port-10025]", "address = \"127.0.0.1:10025\"", "tls = \"none\"")]
    [InlineData("localhost:smtp inet n - n - - smtpd", "[listeners.smtp-127-0-0-1]", "address = \"127.0.0.1:25\"", "tls = \"none\"")]
    [InlineData("[::1]:587 inet n - n - - smtpd -o smtpd_tls_security_level=encrypt", "[listeners.port-587]", "address = \"[::1]:587\"", "smtpd_tls_security_level = \"encrypt\"")]
    [InlineData("smtps inet n - n - - smtpd -o smtpd_tls_wrappermode=yes", "[listeners.smtps]", "address = \":465\"", "tls = \"implicit\"")]
    [InlineData("smtp inet n - n - - smtpd -o smtpd_tls_security_level=may", "[listeners.smtp]", "address = \":25\"", "tls = \"starttls\"")]
    [InlineData("in unix - - n - - smtpd", "[listeners.in]", "address = \"unix:/var/spool/postfix/private/in\"", "tls = \"none\"")]
    [InlineData("slow unix - - n - 1 smtp -o smtp_helo_name=x.example -o biff=yes", "[transports.slow]", "protocol = \"smtp\"", "smtp_helo_name = \"x.example\"")]
    [InlineData("dovecot unix - n n - - pipe flags=DRhu user=vmail:vmail argv=/usr/lib/deliver -f ${sender} {-d x}", "[transports.dovecot]", "command = [\"/usr/lib/deliver\", \"-f\", \"${sender}\", \"-d x\"]", "user = \"vmail\"")]
    [InlineData("spf unix - n n - 5 spawn user=nobody argv=/usr/bin/spf", "[services.spf]", "listen = \"private/spf\"", "process_limit = 5")]
    [InlineData("spf unix n n n - 0 spawn user=nobody argv=/usr/bin/spf", "[services.spf]", "listen = \"public/spf\"", "user = \"nobody\"")]
    public void Service_becomes_a_section(string service, params string[] lines)
    {
        var imported = Import.Run("", service + "\n");
        Assert.All(lines, line => Assert.Contains(line, imported.Toml()));
        Assert.Equal(Outcome.Mapped, imported.About($"service {string.Join('/', service.Split(' ')[..2])}").Outcome);
    }

    [Theory]
    [InlineData("mx.example.org:25 inet n - n - - smtpd", Outcome.NotSupported, "is no address and port")]
    [InlineData("x inet - n n - 0 spawn user=x argv=/x", Outcome.NotSupported, "behind unix sockets only")]
    [InlineData("x unix - n n - - pipe flags=R chroot=/x user=a:b argv=/x", Outcome.Partly, "there is no chroot=; the group is a's own, not b")]
    [InlineData("x unix - n n - - pipe user=a", Outcome.Partly, "it has no argv=")]
    [InlineData("x unix n - n - - oqmgr", Outcome.NotSupported, "there is nothing like oqmgr")]
    [InlineData("qmgr unix n - n 300 1 qmgr", Outcome.NotNeeded, "[queue]")]
    public void What_a_service_loses_is_told(string service, Outcome outcome, string text)
    {
        var entry = Import.Run("", service + "\n").About($"service {string.Join('/', service.Split(' ')[..2])}");
        Assert.Equal(outcome, entry.Outcome);
        Assert.Contains(text, entry.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("smtp inet n - n - - smtpd -o smtpd_delay_reject=no", Outcome.NotSupported, "holds for the whole server")]
    [InlineData("smtp inet n - n - - smtpd -o smtpd_delay_reject=yes", Outcome.NotNeeded, "main.cf has the same")]
    [InlineData("smtp inet n - n - - smtpd -o syslog_name=postfix/x", Outcome.NotNeeded, "log lines name the listener")]
    [InlineData("smtp inet n - n - - smtpd -o message_size_limit=5", Outcome.Mapped, "[listeners.smtp]")]
    [InlineData("smtp unix - - n - - smtp -o smtp_helo_name=x", Outcome.Partly, "it holds for the transport relay too")]
    [InlineData("relay unix - - n - - smtp -o smtp_helo_name=x", Outcome.NotSupported, "one program")]
    [InlineData("slow unix - - n - - smtp -o smtp_send_xforward_command=yes", Outcome.NotSupported, "XFORWARD")]
    public void Override_goes_where_it_can(string service, Outcome outcome, string text)
    {
        var words = service.Split(' ');
        var entry = Import.Run("smtpd_delay_reject = yes\n", service + "\n").About($"{words[0]}: -o {words[^1].Split('=')[0]}");
        Assert.Equal(outcome, entry.Outcome);
        Assert.Contains(text, entry.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Time_limits_of_services_stand_in_main_cf()
    {
        var imported = Import.Run("spf_time_limit = 3600\nx_time_limit = 5m\n", "spf unix - n n - 0 spawn user=nobody argv=/spf\nx unix - n n - - pipe user=a argv=/x\n");
        Assert.Contains("time_limit = \"3600s\"", imported.Toml());
        Assert.Contains("time_limit = \"5m\"", imported.Toml());
        Assert.Equal(Outcome.Mapped, imported.About("spf_time_limit").Outcome);
    }

    [Fact]
    public void Tables_are_brought_along_and_passwords_are_secret()
    {
        var imported = Import.Run("virtual_alias_maps = hash:/etc/postfix/virtual, proxy:mysql:/etc/postfix/sql.cf, hash:/elsewhere\nsmtp_sasl_password_maps = hash:/etc/postfix/sasl_passwd\nsmtpd_tls_cert_file = /etc/postfix/x.pem\n", files: [("virtual", "a@b c@d\n"), ("sql.cf", "user = x\npassword = secret\n"), ("sasl_passwd", "x y:z\n"), ("x.pem", "key\n")]);
        Assert.Contains("virtual_alias_maps = \"hash:virtual, proxy:mysql:sql.cf, hash:/elsewhere\"", imported.Toml());
        Assert.Equal(["sasl_passwd", "sql.cf", "x.pem"], imported.Files.Where(f => f.IsSecret).Select(f => f.Path));
        Assert.Equal("a@b c@d\n", imported.Text("virtual"));
    }

    [Fact]
    public void Table_that_main_cf_describes_is_a_section()
    {
        var imported = Import.Run("virtual_alias_maps = mysql:people\npeople_hosts = db.example\npeople_query = SELECT 1 FROM x WHERE y = '%s'\n");
        Assert.Contains("virtual_alias_maps = \"people\"", imported.Toml());
        Assert.Contains("[tables.people]", imported.Toml());
        Assert.Contains("query = \"SELECT 1 FROM x WHERE y = '%s'\"", imported.Toml());
        Assert.Equal("[tables.people]", imported.About("people_hosts").Text);
    }

    [Fact]
    public void Compiled_table_without_its_text_is_told() =>
        Assert.Contains("postmap -s", Import.Run("virtual_alias_maps = hash:/etc/postfix/virtual\n", files: ("virtual.db", "\0")).About("virtual_alias_maps").Text, StringComparison.Ordinal);
}
