using System.Net;
using System.Net.Sockets;
using PolicyMTA.Configuration;
using PolicyMTA.Receiving;

namespace PolicyMTA.Tests.Configuration;

public sealed class ConfigurationLoaderTests
{
    private const string Listener = "\n[listeners.smtp]\naddress = \"127.0.0.1:2525\"\n";

    [Fact]
    public void A_file_that_is_not_there_is_an_error_that_names_it()
    {
        var error = Assert.Single(ConfigurationLoader.Load("/nowhere/policymta.toml").Errors);
        Assert.Equal("/nowhere/policymta.toml: there is no such file", error.ToString());
    }

    [Fact]
    public void Postfix_names_refer_to_each_other()
    {
        var parameters = Read("""
            myhostname = "mx.example.test"
            myorigin = "$mydomain"
            mydestination = ["$myhostname", "localhost.${mydomain}"]
            local_recipient_maps = "$virtual_mailbox_maps"
            virtual_mailbox_maps = "inline:{ a = b, c = d } texthash:/x"
            smtpd_banner = "$myhostname costs $$5"
            """).Parameters;
        Assert.Equal("example.test", parameters.Text("myorigin"));
        Assert.Equal(["mx.example.test", "localhost.example.test"], parameters.List("mydestination"));
        Assert.Equal(["inline:{ a = b, c = d }", "texthash:/x"], parameters.List("local_recipient_maps"));
        Assert.Equal("mx.example.test costs $5", parameters.Text("smtpd_banner"));
    }

    [Fact]
    public void A_parameter_that_names_itself_is_refused()
    {
        var error = Assert.Single(ConfigurationLoader.Parse("myorigin = \"$mydomain\"\nmydomain = \"$myorigin\"" + Listener, "f", "/").Errors, e => e.Line == 1);
        Assert.Equal("f:1:12: myorigin: 'myorigin' is defined by itself", error.ToString());
    }

    [Theory]
    [InlineData("5", 5 * 86400)]
    [InlineData("\"5d\"", 5 * 86400)]
    [InlineData("\"90s\"", 90)]
    [InlineData("\"2w\"", 14 * 86400)]
    public void Times_have_Postfix_units(string text, int seconds)
    {
        var parameters = Read($"maximal_queue_lifetime = {text}").Parameters;
        Assert.Equal(TimeSpan.FromSeconds(seconds), parameters.Duration("maximal_queue_lifetime"));
    }

    [Fact]
    public void A_listener_has_its_own_values_over_the_common_ones()
    {
        var listeners = Read("""
            smtpd_tls_cert_file = "cert.pem"
            smtpd_sasl_auth_enable = true

            [listeners.smtp]
            address = "[::1]:0"
            smtpd_sasl_auth_enable = false

            [listeners.submission]
            address = "unix:run/submission"
            smtpd_tls_security_level = "encrypt"
            policies = "inside"

            [listeners.submissions]
            address = ":465"
            tls = "implicit"
            """, listener: "").Listeners;
        Assert.Equal(new IPEndPoint(IPAddress.IPv6Loopback, 0), listeners[0].Address);
        Assert.Equal("smtp", listeners[0].Policies);
        Assert.False(listeners[0].Parameters.Boolean("smtpd_sasl_auth_enable"));
        Assert.Equal(ListenerTls.StartTls, listeners[0].Tls);
        Assert.Equal("/srv/run/submission", ((UnixDomainSocketEndPoint)listeners[1].Address).ToString());
        Assert.True(listeners[1].Parameters.Boolean("smtpd_sasl_auth_enable"));
        Assert.Equal("encrypt", listeners[1].Parameters.Text("smtpd_tls_security_level"));
        Assert.Equal("inside", listeners[1].Policies);
        Assert.Equal(ListenerTls.Implicit, listeners[2].Tls);
        Assert.Equal("/srv/cert.pem", listeners[2].Parameters.FilePath("smtpd_tls_key_file"));
    }

    [Fact]
    public void Sections_of_tables_and_plugins_keep_what_only_they_understand()
    {
        var configuration = Read("""
            [tables.users]
            type = "sqlite"
            dbpath = "db.sqlite3"
            query = "SELECT a FROM b WHERE c = '%s'"
            expansion_limit = 5

            [plugins."PolicyMTA.Hello"]
            name = "x"
            list = [1, true, "a"]
            inner.deep = 1.5
            """);
        var table = configuration.Tables["users"];
        Assert.Equal(("sqlite", "/srv/db.sqlite3", "5"), (table.Type, table.Parameters["dbpath"], table.Parameters["expansion_limit"]));
        Assert.Equal("""{"name":"x","list":[1,true,"a"],"inner":{"deep":1.5}}""", configuration.Plugins["PolicyMTA.Hello"].Options.ToJsonString());
    }

    [Fact]
    public void Paths_start_at_the_configuration_s_folder()
    {
        var configuration = Read("virtual_mailbox_base = \"mail\"\n[queue]\nfolder = \"../q\"");
        Assert.Equal("/srv/mail", configuration.Parameters.FilePath("virtual_mailbox_base"));
        Assert.Equal("/q", configuration.Queue.Folder);
        Assert.Equal("/srv/policies", configuration.Policy.Folder);
    }

    [Fact]
    public void A_key_nobody_knows_gets_a_suggestion_once_plugins_have_spoken()
    {
        var parameters = Read("smtpd_hello_required = true\nplugin_setting = 1\nunknown_client_reject_code = \"450\"").Parameters
            .Declare([new KeyDefinition("unknown_client_reject_code", KeyKind.Number, "450", "")]);
        Assert.Equal(
            ["f:1:1: unknown key 'smtpd_hello_required'; did you mean 'smtpd_helo_required'?", "f:2:1: unknown key 'plugin_setting'"],
            ParameterChecks.FindUnknown(parameters, "f").OrderBy(e => e.Line).Select(e => e.ToString()));
    }

    private static MailConfiguration Read(string text, string listener = Listener)
    {
        var result = ConfigurationLoader.Parse(text + listener, "/srv/policymta.toml", "/srv");
        Assert.Empty(result.Errors);
        return result.Configuration!;
    }
}
