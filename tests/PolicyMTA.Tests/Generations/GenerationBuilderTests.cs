using PolicyMTA.Generations;
using PolicyMTA.PluginHost;

namespace PolicyMTA.Tests.Generations;

public sealed class GenerationBuilderTests : IDisposable
{
    private readonly Site _site = new();

    [Fact]
    public async Task The_same_content_is_the_same_generation_of_the_same_parts()
    {
        await using var first = await GoodAsync();
        await using var second = await GoodAsync(first);
        Assert.Equal(first.Hash, second.Hash);
        Assert.Same(first.Policies, second.Policies);
        Assert.Same(first.Book, second.Book);
        Assert.Same(Table(first), Table(second));
        Assert.Same(Plugin(first), Plugin(second));
    }

    [Fact]
    public async Task A_changed_policy_leaves_plugins_and_tables_alone()
    {
        await using var first = await GoodAsync();
        _site.Policy("helo.js", "export default [];\n");
        await using var second = await GoodAsync(first);
        Assert.NotEqual(first.Hash, second.Hash);
        Assert.NotSame(first.Policies, second.Policies);
        Assert.Same(first.Book, second.Book);
        Assert.Same(Table(first), Table(second));
        Assert.Same(Plugin(first), Plugin(second));
        Assert.Equal(["policies/helo.js added"], second.Manifest.DifferencesFrom(first.Manifest));
    }

    [Fact]
    public async Task A_changed_table_file_makes_a_new_table_and_what_uses_it()
    {
        await using var first = await GoodAsync();
        _site.Write("mailboxes", "bob@example.test example.test/bob/\n");
        await using var second = await GoodAsync(first);
        Assert.NotSame(Table(first), Table(second));
        Assert.NotSame(first.Book, second.Book);
        Assert.Same(first.Tables.Open("inline:{ example.test=yes }"), second.Tables.Open("inline:{ example.test=yes }"));
        Assert.Same(Plugin(first), Plugin(second));
        Assert.Equal(["table texthash:mailboxes changed"], second.Manifest.DifferencesFrom(first.Manifest));
    }

    [Fact]
    public async Task Bounce_templates_know_the_parameters_and_a_changed_file_is_another_generation()
    {
        _site.Configure("bounce_template_file = \"bounce.cf\"\ndelay_warning_time = \"90m\"");
        _site.Write("bounce.cf", "delay_template = <<EOF\n\nAt $mydomain for $delay_warning_time_hours hours or $delay_warning_time_minutes minutes.\nEOF\n");
        await using var first = await GoodAsync();
        Assert.Equal("At example.test for 2 hours or 90 minutes.\r\n", first.BounceTemplates.Delay.Text);

        _site.Write("bounce.cf", "delay_template = <<EOF\nSubject: Late\n\nx\nEOF\n");
        await using var second = await GoodAsync(first);
        Assert.Equal("Late", second.BounceTemplates.Delay.Subject);
        Assert.NotEqual(first.Hash, second.Hash);
    }

    [Fact]
    public async Task Mistakes_in_bounce_templates_are_told_with_their_place()
    {
        _site.Configure("bounce_template_file = \"bounce.cf\"");
        _site.Write("bounce.cf", "# mine\nfailure_template = <<EOF\n\nAt $myhostnme.\nEOF\n");
        var result = await _site.BuildAsync();
        Assert.Null(result.Generation);
        Assert.Equal($"{_site.File("bounce.cf")}:4:1: there is no parameter 'myhostnme'", Assert.Single(result.Errors).ToString());

        File.Delete(_site.File("bounce.cf"));
        var missing = Assert.Single((await _site.BuildAsync()).Errors).ToString();
        Assert.Contains($"bounce_template_file: {_site.File("bounce.cf")} can't be read", missing);
    }

    [Fact]
    public async Task A_setting_that_no_part_read_keeps_every_part()
    {
        await using var first = await GoodAsync();
        _site.Configure("message_size_limit = 1000");
        await using var second = await GoodAsync(first);
        Assert.Same(first.Book, second.Book);
        Assert.Same(first.Policies, second.Policies);
        Assert.Equal(["message_size_limit: 10240000 → 1000"], second.Manifest.DifferencesFrom(first.Manifest));
    }

    [Fact]
    public async Task A_part_outlives_the_generation_that_made_it()
    {
        var first = await GoodAsync();
        await using var second = await GoodAsync(first);
        second.Scope.EnterForce();
        await first.DisposeAsync();
        var found = await Table(second).FindAsync("alice@example.test", TestContext.Current.CancellationToken);
        Assert.Equal("example.test/alice/", found.Value);
    }

    [Fact]
    public async Task A_table_is_opened_once_however_many_name_it()
    {
        _site.Configure("local_recipient_maps = \"$virtual_mailbox_maps\"\nrelay_recipient_maps = \"proxy:texthash:mailboxes\"");
        await using var generation = await GoodAsync();
        Assert.Single(generation.Manifest.Entries, e => e.Kind == "table" && e.Name.Contains("mailboxes", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_certificate_is_shared_until_its_file_changes()
    {
        _site.MakeCertificate();
        _site.Configure("smtpd_tls_cert_file = \"cert.pem\"");
        await using var first = await GoodAsync();
        await using var second = await GoodAsync(first);
        Assert.Same(first.Certificates["smtp"], second.Certificates["smtp"]);
        _site.MakeCertificate();
        await using var third = await GoodAsync(second);
        Assert.NotSame(first.Certificates["smtp"], third.Certificates["smtp"]);
        Assert.Equal([$"certificate {_site.File("cert.pem")} changed"], third.Manifest.DifferencesFrom(second.Manifest));
    }

    [Fact]
    public async Task Mistakes_of_configuration_tables_certificates_and_policies_are_told_together()
    {
        _site.Configure(
            """
            virtual_alias_maps = "hsh:aliases"
            relay_domains = "nowhere:"
            smtpd_tls_cert_file = "missing.pem"
            """);
        var result = await _site.BuildAsync();
        Assert.Null(result.Generation);
        Assert.Equal(
            ["5:22 there is no lookup table type 'hsh'; did you mean 'hash'?", "6:17 there is no lookup table type 'nowhere'", $"7:23 there is no file {_site.File("missing.pem")}"],
            result.Errors.Select(e => $"{e.Line}:{e.Column} {e.Message}"));
    }

    [Fact]
    public async Task Alias_files_are_looked_through_and_one_that_was_named_must_be_there()
    {
        _site.Write("aliases", "good: a\nbad\ngood: b\n");
        _site.Configure("alias_maps = \"hash:aliases\"");
        var result = await _site.BuildAsync();
        Assert.NotNull(result.Generation);
        Assert.Equal([$"{_site.File("aliases")}:2 need name:value pair", $"{_site.File("aliases")}:3 duplicate entry: \"good\""], result.Warnings.Select(e => $"{e.File}:{e.Line} {e.Message}"));

        _site.Configure("alias_maps = \"hash:missing, nowhere:x\"\nmailbox_transport = \"lmpt:unix:x\"");
        result = await _site.BuildAsync();
        Assert.Contains($"5:14 alias_maps: {_site.File("missing")} can't be read: Could not find file '{_site.File("missing")}'.", result.Errors.Select(e => $"{e.Line}:{e.Column} {e.Message}"));
        Assert.Contains("5:14 there is no lookup table type 'nowhere'", result.Errors.Select(e => $"{e.Line}:{e.Column} {e.Message}"));
    }

    [Theory]
    [InlineData("local_transport = \"local\"", true, false)]
    [InlineData("local_transport = \"local\"\nlocal_recipient_maps = \"\"", true, true)]
    [InlineData("local_transport = \"local\"\nlocal_recipient_maps = \"$alias_maps\"", false, false)]
    [InlineData("local_transport = \"maildir\"", true, true)]
    public async Task Users_and_aliases_are_the_local_recipients_where_the_transport_is_local(string lines, bool knowsRoot, bool knowsOthers)
    {
        _site.Write("aliases", "good: a\n");
        _site.Configure($"mydestination = \"d.test\"\nalias_maps = \"hash:aliases\"\n{lines}");
        var generation = (await _site.BuildAsync()).Generation!;
        async Task<bool> KnowsAsync(string user) => (await generation.Book.ValidateAsync(new Sdk.Address(user, "d.test"), default)).IsKnown;
        Assert.Equal((true, knowsRoot, knowsOthers), (await KnowsAsync("good"), await KnowsAsync("root"), await KnowsAsync("no.such.user")));
    }

    [Fact]
    public async Task A_key_that_neither_program_nor_plugin_knows_is_refused_with_a_suggestion()
    {
        _site.Configure("smtpd_hello_required = true\nunknown_hostname_reject_cod = 450");
        var result = await _site.BuildAsync();
        Assert.Equal(
            ["unknown key 'smtpd_hello_required'; did you mean 'smtpd_helo_required'?", "unknown key 'unknown_hostname_reject_cod'; did you mean 'unknown_hostname_reject_code'?"],
            result.Errors.Select(e => e.Message));
    }

    [Fact]
    public async Task A_plugin_s_parameter_must_be_what_its_default_is()
    {
        _site.Configure("unknown_hostname_reject_code = \"many\"");
        var error = Assert.Single((await _site.BuildAsync()).Errors);
        Assert.Equal("unknown_hostname_reject_code: 'many' is no whole number from 0", error.Message);
    }

    [Fact]
    public async Task A_policy_with_a_mistake_is_refused_at_its_line()
    {
        _site.Policy("helo.js", "import { restrictions as r } from 'policymta';\nexport default [\n  r.reject_unknwon_helo_hostname(),\n];\n");
        var error = Assert.Single((await _site.BuildAsync()).Errors);
        Assert.Equal(("policies/helo.js", 3), (error.File, error.Line));
    }

    [Fact]
    public async Task A_file_that_is_no_plugin_is_refused_by_its_name()
    {
        var file = _site.Write("plugins/junk.dll", "no assembly");
        var error = Assert.Single((await _site.BuildAsync()).Errors);
        Assert.Equal(file, error.File);
    }

    [Fact]
    public async Task Options_of_a_plugin_that_is_not_there_are_refused()
    {
        _site.Configure("", "[plugins.\"PolicyMTA.Restrictions.Hello\"]\nname = 1");
        var error = Assert.Single((await _site.BuildAsync()).Errors);
        Assert.Equal("there is no plugin 'PolicyMTA.Restrictions.Hello'; did you mean 'PolicyMTA.Restrictions.Helo'?", error.Message);
    }

    [Fact]
    public async Task A_table_s_file_that_can_t_be_read_is_told_at_its_place()
    {
        // A file that exists and that nobody can read from its start, not even root.
        _site.Configure("virtual_alias_maps = \"texthash:/proc/self/mem\"");
        var error = Assert.Single((await _site.BuildAsync()).Errors);
        Assert.Equal((5, 22), (error.Line, error.Column));
        Assert.StartsWith("/proc/self/mem can't be read: ", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("virtual_transport = \"maildr\"", "5:21 virtual_transport: there is no transport 'maildr'; did you mean 'maildir'?")]
    [InlineData("default_transport = \"smtp:[host\"", "5:21 default_transport: '[host' is no next hop such as example.net, [192.0.2.1]:25, inet:host:port or unix:path")]
    [InlineData("relayhost = \"mail.example:port\"", "5:13 relayhost: 'mail.example:port' is no next hop such as example.net, [192.0.2.1]:25, inet:host:port or unix:path")]
    [InlineData("address_verify_default_transport = \"maildr\"", "5:36 address_verify_default_transport: there is no transport 'maildr'; did you mean 'maildir'?")]
    [InlineData("address_verify_relayhost = \"mail.example:port\"", "5:28 address_verify_relayhost: 'mail.example:port' is no next hop such as example.net, [192.0.2.1]:25, inet:host:port or unix:path")]
    [InlineData("address_verify_sender = \"@example.test\"", "5:25 address_verify_sender: '@example.test' is no address; give user@domain, user, or <> for the null sender")]
    public async Task A_route_that_leads_nowhere_is_told_at_its_place(string line, string expected)
    {
        _site.Configure(line);
        var error = Assert.Single((await _site.BuildAsync()).Errors);
        Assert.Equal(expected, $"{error.Line}:{error.Column} {error.Message}");
    }

    [Fact]
    public void A_time_that_is_too_long_is_told_at_its_place()
    {
        var result = PolicyMTA.Configuration.ConfigurationLoader.Parse("maximal_queue_lifetime = \"2000000000w\"", _site.File("policymta.toml"), _site.Root);
        Assert.Contains("1:26 maximal_queue_lifetime: '2000000000w' is no time such as 300s, 10m or 5d", result.Errors.Select(e => $"{e.Line}:{e.Column} {e.Message}"));
    }

    [Fact]
    public async Task A_relay_domain_stands_for_itself_and_a_dot_in_a_table_for_what_is_below()
    {
        _site.Configure("relay_domains = \"inline:{ .relay.test=yes }\"");
        await using var generation = await GoodAsync();
        Assert.Equal(Sdk.AddressClass.Relay, await generation.Book.ClassifyAsync(new Sdk.Address("joe", "below.relay.test"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_plugin_that_fails_while_it_makes_a_part_is_named()
    {
        await using var generation = await GoodAsync();
        var plugin = generation.Scope.Plugins.Parts[0];
        var error = Assert.Throws<Sdk.ConfigurationException>(() => generation.Scope.Obtain<object>("table", "bad:", "", plugin, _ => throw new InvalidOperationException("no such thing")));
        Assert.Equal($"the plugin {plugin.Name} failed to make table bad:: no such thing", error.Message);
    }

    [Fact]
    public async Task Services_that_are_let_go_go_on_past_what_fails()
    {
        await using var generation = await GoodAsync();
        var services = generation.Scope.Offer(null, "test");
        var isLetGo = false;
        services.Hold(new Held(() => isLetGo = true));
        services.Hold(new Held(() => throw new InvalidOperationException("no")));
        services.Hold(new Held(() => throw new InvalidOperationException("no")));
        await services.DisposeAsync();
        Assert.True(isLetGo);
    }

    private sealed class Held(Action letGo) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            letGo();
            return ValueTask.CompletedTask;
        }
    }

    [Fact]
    public async Task A_named_table_has_its_own_parameters()
    {
        _site.Configure("virtual_alias_maps = \"aliases\"", "[tables.aliases]\ntype = \"texthash\"\npath = \"aliases.txt\"");
        _site.Write("aliases.txt", "sales@example.test alice@example.test\n");
        await using var generation = await GoodAsync();
        Assert.Equal("alice@example.test", (await generation.Tables.Open("aliases").FindAsync("sales@example.test", TestContext.Current.CancellationToken)).Value);
    }

    [Fact]
    public async Task A_name_without_a_section_is_refused()
    {
        _site.Configure("virtual_alias_maps = \"aliase\"", "[tables.aliases]\ntype = \"texthash\"\npath = \"aliases.txt\"");
        _site.Write("aliases.txt", "");
        var error = Assert.Single((await _site.BuildAsync()).Errors);
        Assert.Equal("there is no section [tables.aliase]; did you mean 'aliases'?", error.Message);
    }

    public void Dispose() => _site.Dispose();

    private async Task<Generation> GoodAsync(Generation? inForce = null)
    {
        var result = await _site.BuildAsync(inForce);
        Assert.Empty(result.Errors);
        return result.Generation!;
    }

    private static Sdk.ILookupTable Table(Generation generation) => generation.Tables.Open("texthash:mailboxes");

    private static LoadedPlugin Plugin(Generation generation) => generation.Scope.Parts.Find<LoadedPlugin>("plugin", "PolicyMTA.Restrictions.Helo")!.Value;
}
