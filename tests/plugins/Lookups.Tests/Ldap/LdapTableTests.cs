using PolicyMTA.Lookups.Ldap;
using PolicyMTA.Lookups.Tests.Text;
using PolicyMTA.Plugins.Tests;
using PolicyMTA.Sdk;
using PolicyMTA.Testing;

namespace PolicyMTA.Lookups.Tests.Ldap;

/// <summary>ldap tables, asked of a real OpenLDAP; what its directory holds is compared with what the real Postfix finds in it.</summary>
public sealed class LdapTableTests(SharedServer<DirectoryServer> shared) : IAsyncLifetime, IClassFixture<SharedServer<DirectoryServer>>
{
    private const string Everybody = "query_filter = (mail=%s)\nresult_attribute = description\n";
    private const string Groups =
        "query_filter = (|(mail=%s)(cn=%s))\nresult_attribute = description\nspecial_result_attribute = member, labeledURI\nleaf_result_attribute = mail\n";

    private readonly TemporaryFolder _folder = new();
    private readonly PluginBench _bench = new(new LdapPlugin());
    private DirectoryServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await shared.GetAsync(() => DirectoryServer.StartAsync(Entries()));

    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Values_are_found_joined_missed_and_never_injected()
    {
        await using var table = Open(Everybody);
        Assert.Equal("alice@example.test", (await FindAsync(table, "alice@example.test")).Value);
        Assert.Equal("alice@example.test,bob@example.test", (await FindAsync(table, "sales@example.test")).Value);
        Assert.Equal("star", (await FindAsync(table, "*@example.test")).Value);
        Assert.Equal("paren", (await FindAsync(table, "(p)@example.test")).Value);
        Assert.Equal("back", (await FindAsync(table, "b\\s@example.test")).Value);
        foreach (var key in (string[])["nobody@example.test", "", "*", "alice*", "*)(mail=*", "x)(|(mail=*", "\\2a", "x\0)(mail=*", "a)(objectClass=*)", new string('*', 10_000), "\ud83d", "secret@example.test"])
        {
            Assert.Equal(LookupResult.None, await FindAsync(table, key));
        }
    }

    /// <summary>What a table says, a key, and what it finds.</summary>
    public static readonly TheoryData<string, string, string?> Cases = new()
    {
        { "query_filter = (mail=%u@%d)\nresult_attribute = description", "alice@example.test", "alice@example.test" },
        { "query_filter = (cn=%u)\nresult_attribute = mail", "alice", "alice@example.test" },
        { "query_filter = (mail=%u@%d)\nresult_attribute = description", "alice", null },
        { "query_filter = (sn=%s)\nresult_attribute = description", "grün", "green" },
        { "query_filter = mail=%s\nresult_attribute = description", "alice@example.test", "alice@example.test" },
        { "query_filter = (&(mail=alice@%2.%1)(!(cn=bob))(objectClass=*))\nresult_attribute = cn", "x@example.test", "alice" },
        { "query_filter = (mail=al*e@*%d)\nresult_attribute = cn", "x@example.test", "alice" },
        { "query_filter = (mail:caseIgnoreIA5Match:=%s)\nresult_attribute = cn", "ALICE@example.test", "alice" },
        { "query_filter = (&(mail=%s)(cn>=alice))\nresult_attribute = cn", "alice@example.test", null },
        { "query_filter = (&(mail=%s)(cn~=alice))\nresult_attribute = cn", "alice@example.test", "alice" },
        { "query_filter = (mail=%s)\nresult_attribute = description\nresult_format = <%u at %d of %S>", "alice@example.test", "<alice at example.test of alice@example.test>" },
        { "query_filter = (mail=%s)\nresult_attribute = mail, cn", "alice@example.test", "alice,alice@example.test" },
        { "query_filter = (mail=%s)\nresult_attribute = CN", "alice@example.test", "alice" },
        { "query_filter = (mail=%s)\nresult_attribute = description\ndomain = example.test", "alice@example.test", "alice@example.test" },
        { "query_filter = (mail=%s)\nresult_attribute = description\ndomain = other.test", "alice@example.test", null },
        { "query_filter = (objectClass=*)\nsearch_base = cn=%u,ou=people,dc=example,dc=test\nscope = base\nresult_attribute = mail", "alice@example.test", "alice@example.test" },
        { "query_filter = (objectClass=*)\nsearch_base = cn=%u,ou=people,dc=example,dc=test\nscope = base\nresult_attribute = mail", "alice,cn=bob", null },
        { "query_filter = (mail=%s)\nscope = one\nresult_attribute = mail", "alice@example.test", null },
        { "query_filter = (mail=%s)\nscope = one\nsearch_base = ou=people,dc=example,dc=test\nresult_attribute = mail", "alice@example.test", "alice@example.test" },
        { Groups, "team", "alice@example.test,alice@example.test,bob@example.test,bob" },
        { Groups, "nested", "alice@example.test,alice@example.test,bob@example.test,bob" },
        { Groups, "byurl", "alice@example.test" },
        { Groups, "stale", "alice@example.test,alice@example.test" },
        { "query_filter = (cn=%s)\nterminal_result_attribute = description\nspecial_result_attribute = member\nleaf_result_attribute = mail", "closed", "closed@example.test" },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Expansions_and_groups_are_Postfix_ones(string text, string key, string? expected)
    {
        await using var table = Open(text);
        var result = await FindAsync(table, key);
        Assert.Equal((null, expected), (result.Failure, result.Value));
    }

    [Fact]
    public async Task Real_Postfix_finds_the_same()
    {
        // All at once: where a machine's own name has no address, libldap waits for it at each start.
        await Task.WhenAll(Cases.Select(async (row, number) =>
        {
            var (text, key, expected) = row.Data;
            var folder = Directory.CreateDirectory(_folder.File($"{number}")).FullName;
            var real = RealPostmap.Require(folder);
            var table = Path.Combine(folder, "table.cf");
            await File.WriteAllTextAsync(table, Text(text));
            Assert.Equal((number, expected), (number, (await real.AskAsync($"ldap:{table}", [key])).GetValueOrDefault(key)));
        }));
    }

    [Fact]
    public async Task Generated_keys_find_what_the_real_Postfix_finds()
    {
        var real = RealPostmap.Require(_folder.Path);
        await using var table = Open(Everybody);
        var random = new Random(20260);
        const string Letters = "ab*()\\,=+<>;\"#& @.%|!~:/0";
        var keys = Enumerable.Range(0, 400).Select(_ => string.Concat(Enumerable.Range(0, random.Next(1, 12)).Select(_ => Letters[random.Next(Letters.Length)]))).Select(key => random.Next(3) == 0 ? key + "@example.test" : key)
            .Concat(["alice@example.test", "sales@example.test", "*@example.test", "(p)@example.test", "b\\s@example.test"])
            .Where(key => key.Trim() == key).Distinct().ToList();
        var found = await real.AskAsync($"ldap:{_folder.File("table.cf")}", keys);
        Assert.True(found.Count >= 5, $"{found.Count} of {keys.Count} found");
        foreach (var key in keys) Assert.Equal((key, found.GetValueOrDefault(key)), (key, (await FindAsync(table, key)).Value));
    }

    [Theory]
    [InlineData(Everybody + "expansion_limit = 2", "sales@example.test", false)]
    [InlineData(Everybody + "expansion_limit = 1", "sales@example.test", true)]
    [InlineData("query_filter = (|(mail=%s)(cn=bob))\nresult_attribute = cn\nsize_limit = 2", "alice@example.test", false)]
    [InlineData("query_filter = (|(mail=%s)(cn=bob))\nresult_attribute = cn\nsize_limit = 1", "alice@example.test", true)]
    [InlineData(Groups + "recursion_limit = 3", "nested", false)]
    [InlineData(Groups + "recursion_limit = 2", "nested", true)]
    public async Task Limits_have_two_sides(string text, string key, bool isFailure)
    {
        await using var table = Open(text);
        var result = await FindAsync(table, key);
        Assert.Equal((isFailure, !isFailure), (result.IsFailure, result.IsFound));
    }

    [Theory]
    [InlineData("ou=nowhere", true)]
    [InlineData("ou=%u", false)]
    public async Task Base_that_is_missing_is_a_failure_unless_the_key_made_it(string searched, bool isFailure)
    {
        await using var table = Open($"search_base = {searched},dc=example,dc=test\nquery_filter = (mail=%s)");
        var result = await FindAsync(table, "alice@example.test");
        Assert.Equal((isFailure, false), (result.IsFailure, result.IsFound));
    }

    [Fact]
    public async Task Groups_that_name_each_other_end()
    {
        await using var table = Open(Groups);
        Assert.Equal("alice@example.test,alice@example.test", (await FindAsync(table, "circle")).Value);
    }

    [Fact]
    public async Task Server_that_is_killed_fails_lookups_until_it_is_back_and_nothing_is_ever_missed()
    {
        await using var table = Open(Everybody);
        Assert.True((await FindAsync(table, "alice@example.test")).IsFound);
        await _server.KillAsync();
        for (var i = 0; i < 5; i++) Assert.True((await FindAsync(table, "alice@example.test")).IsFailure, "it does not fail");
        await _server.StartAgainAsync();
        await Task.WhenAll(Enumerable.Range(0, 200).Select(async _ => Assert.True((await FindAsync(table, "alice@example.test")).IsFound)));

        await _server.KillAsync();
        await _server.StartAgainAsync();
        // Its connections died unseen.
        var found = await FindAsync(table, "alice@example.test");
        Assert.True(found.IsFound, found.Failure);
        Assert.Single(_bench.Lines);
    }

    [Fact]
    public async Task Silent_server_fails_a_lookup_in_its_time_and_a_kept_connection_too()
    {
        await using var table = Open(Everybody + "timeout = 1");
        Assert.True((await FindAsync(table, "alice@example.test")).IsFound);
        await _server.FreezeAsync(true);
        try
        {
            // One with the kept connection, one with a new one.
            for (var i = 0; i < 2; i++)
            {
                var lookup = FindAsync(table, "alice@example.test");
                while (!lookup.IsCompleted)
                {
                    _bench.Clock.Advance(TimeSpan.FromSeconds(1));
                    await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
                }
                var failed = await lookup;
                Assert.Contains("no answer within 1 s", failed.Failure, StringComparison.Ordinal);
            }
        }
        finally
        {
            await _server.FreezeAsync(false);
        }
        Assert.True((await FindAsync(table, "alice@example.test")).IsFound);
    }

    [Fact]
    public async Task Another_server_is_asked_when_one_does_not_answer_and_first_from_then_on()
    {
        await using var table = Open(Everybody, "server_host = 127.0.0.1:1, ldap://127.0.0.1:{0}");
        for (var i = 0; i < 20; i++) Assert.True((await FindAsync(table, "alice@example.test")).IsFound);
        Assert.Single(_bench.Lines);
        _bench.Clock.Advance(LdapTable.RestAfterFailure);
        Assert.True((await FindAsync(table, "alice@example.test")).IsFound);
    }

    [Theory]
    [InlineData("server_host = ldapi://{1}\nbind = sasl\nsasl_mechs = EXTERNAL", "secret@example.test", true, null)]
    [InlineData("server_host = ldapi://{1}\nbind = no", "secret@example.test", false, null)]
    [InlineData("server_host = 127.0.0.1:{0}\nbind_dn = cn=admin,dc=example,dc=test\nbind_pw = secret", "secret@example.test", true, null)]
    [InlineData("server_host = 127.0.0.1:{0}\nbind_dn = cn=admin,dc=example,dc=test\nbind_pw = wrong", "alice@example.test", false, "bind: result 49")]
    [InlineData("server_host = localhost:{0}\nstart_tls = yes\ntls_require_cert = yes\ntls_ca_cert_file = {2}", "alice@example.test", true, null)]
    [InlineData("server_host = localhost:{0}\nstart_tls = yes\ntls_require_cert = yes", "alice@example.test", false, "certificate")]
    [InlineData("server_host = 127.0.0.1:{0}\nstart_tls = yes\ntls_require_cert = yes\ntls_ca_cert_file = {2}", "alice@example.test", false, "certificate")]
    [InlineData("server_host = 127.0.0.1:{0}\nstart_tls = yes", "alice@example.test", true, null)]
    [InlineData("server_host = ldaps://127.0.0.1:{0}", "alice@example.test", false, "127.0.0.1")]
    public async Task Logins_sockets_and_TLS(string access, string key, bool isFound, string? failure)
    {
        await using var table = Open(Everybody, access);
        var result = await FindAsync(table, key);
        Assert.Equal(isFound, result.IsFound);
        Assert.Equal(failure is not null, result.IsFailure);
        if (failure is not null) Assert.Contains(failure, result.Failure, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("search_base = dc=x", "server_host = [::1", "server_host")]
    [InlineData("search_base = dc=x", "server_host = http://x", "server_host")]
    [InlineData("search_base = dc=x", "server_host = x:99999", "server_host")]
    [InlineData("search_base = dc=x", "server_host = ldap://x/dc=y", "server_host")]
    [InlineData("", "", "search_base")]
    [InlineData("search_base = dc=x\nquery_filter = (mail=%q)", "", "query_filter")]
    [InlineData("search_base = dc=x\nquery_filter = (mail=x)", "", "query_filter")]
    [InlineData("search_base = dc=x\nquery_filter = (mail=%s", "", "query_filter")]
    [InlineData("search_base = dc=x\nquery_filter = (&(mail=%s)", "", "query_filter")]
    [InlineData("search_base = dc=x\nquery_filter = (mail=%s))", "", "query_filter")]
    [InlineData("search_base = dc=x\nquery_filter = (mail=\\zz%s)", "", "query_filter")]
    [InlineData("search_base = dc=x\nscope = all", "", "scope")]
    [InlineData("search_base = dc=x\nbind_dn = cn=x", "", "bind_pw")]
    [InlineData("search_base = dc=x\nbind = sasl\nsasl_mechs = GSSAPI", "", "sasl_mechs")]
    [InlineData("search_base = dc=x\ntimeout = 0", "", "timeout")]
    [InlineData("search_base = dc=x\ntimeout = 101", "", "timeout")]
    [InlineData("search_base = dc=x\nversion = 2", "", "version")]
    [InlineData("search_base = dc=x\nchase_referrals = yes", "", "chase_referrals")]
    [InlineData("search_base = dc=x\nstart_tls = maybe", "", "start_tls")]
    [InlineData("search_base = dc=x\ntls_ca_cert_file = /nonexistent", "", "tls_ca_cert_file")]
    [InlineData("search_base = dc=x\nserach_base = dc=x", "", "serach_base")]
    public void Mistakes_are_told_with_their_place(string text, string access, string named)
    {
        File.WriteAllText(_folder.File("table.cf"), $"{text}\n{access}\n");
        var error = Assert.Throws<ConfigurationException>(() => _bench.Open("ldap", _folder.File("table.cf")));
        Assert.Contains("table.cf", error.Message, StringComparison.Ordinal);
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
    }

    private const string Plain = "server_host = 127.0.0.1:{0}\nbind = no";

    private ILookupTable Open(string text, string access = Plain)
    {
        File.WriteAllText(_folder.File("table.cf"), Text(text, access));
        return _bench.Open("ldap", _folder.File("table.cf"));
    }

    private string Text(string text, string access = Plain)
    {
        var place = string.Format(System.Globalization.CultureInfo.InvariantCulture, access, _server.Port, Uri.EscapeDataString(_server.Socket), _server.Certificate);
        return $"{place}\nversion = 3\n{(text.Contains("search_base", StringComparison.Ordinal) ? "" : "search_base = dc=example,dc=test\n")}{text}\n";
    }

    private static async Task<LookupResult> FindAsync(ILookupTable table, string key) => await table.FindAsync(key, CancellationToken.None);

    private static string Entries()
    {
        var text = new System.Text.StringBuilder("dn: dc=example,dc=test\nobjectClass: dcObject\nobjectClass: organization\no: x\ndc: example\n\n");
        foreach (var unit in (string[])["people", "groups", "hidden"]) text.Append($"dn: ou={unit},dc=example,dc=test\nobjectClass: organizationalUnit\nou: {unit}\n\n");
        Person("alice", "alice@example.test", "alice@example.test");
        Person("bob", "bob@example.test", "bob");
        Person("sales", "sales@example.test", "alice@example.test", "bob@example.test");
        Person("star", "*@example.test", "star");
        Person("paren", "(p)@example.test", "paren");
        Person("back", "b\\s@example.test", "back");
        Person("green", "green@example.test", "green");
        Person("secret", "secret@example.test", "secret", "hidden");
        Group("team", "member: cn=alice,ou=people,dc=example,dc=test\nmember: cn=bob,ou=people,dc=example,dc=test");
        Group("nested", "member: cn=team,ou=groups,dc=example,dc=test");
        Group("stale", "member: cn=gone,ou=people,dc=example,dc=test\nmember: cn=alice,ou=people,dc=example,dc=test");
        Group("circle", "member: cn=ring,ou=groups,dc=example,dc=test\nmember: cn=alice,ou=people,dc=example,dc=test");
        Group("ring", "member: cn=circle,ou=groups,dc=example,dc=test");
        Group("closed", "description: closed@example.test\nmember: cn=bob,ou=people,dc=example,dc=test");
        text.Append("dn: cn=byurl,ou=groups,dc=example,dc=test\nobjectClass: device\nobjectClass: labeledURIObject\ncn: byurl\nlabeledURI: ldap:///dc=example,dc=test?description?sub?(cn=alice)\n\n");
        return text.ToString();

        void Person(string name, string mail, string description, string? more = null)
        {
            var (unit, surname) = (more == "hidden" ? "hidden" : "people", name == "green" ? ": Z3LDvG4=" : $" {name}");
            text.Append($"dn: cn={name},ou={unit},dc=example,dc=test\nobjectClass: inetOrgPerson\ncn: {name}\nsn:{surname}\nmail: {mail}\ndescription: {description}\n");
            if (more is not null && more != "hidden") text.Append($"description: {more}\n");
            text.Append('\n');
        }

        void Group(string name, string members) => text.Append($"dn: cn={name},ou=groups,dc=example,dc=test\nobjectClass: groupOfNames\ncn: {name}\n{members}\n\n");
    }
}
